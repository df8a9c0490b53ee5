import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

struct PipelineTests {
    @Test(
        arguments: [
            ("actions=output:2,output:p3,output:1", "2,3"),
            ("actions=output:1", "drop(source-port)"),
            ("actions=output:99", "drop(unknown-port)"),
            ("actions=IN_PORT,ALL", "1,2,3,4"),
            ("actions=FLOOD", "2,3,4"),
            ("actions=LOCAL", "drop(unknown-port)"),
            ("actions=CONTROLLER", "upcall(controller)"),
            ("actions=drop", "drop(rule)"),
            ("ip,actions=set_field:10.9.9.9->nw_dst,mod_dl_dst:02:00:00:00:00:09,2,mod_tp_dst:1,3", nil),
            (
                "udp,actions=mod_nw_dst:10.9.9.9,mod_dl_dst:02:00:00:00:00:09,2,mod_tp_dst:1,3",
                "set(dl_dst=02:00:00:00:00:09,nw_dst=10.9.9.9),2,set(tp_dst=1),3"
            ),
            ("ip,actions=dec_ttl,2", "set(nw_ttl=63),2"),
            ("actions=push_vlan:0x88a8,mod_vlan_vid:5,2,pop_vlan,3", "push_vlan(tpid=0x88a8,vid=5),2,pop_vlan,3"),
            ("actions=mod_vlan_vid:5,mod_vlan_pcp:3,2", "push_vlan(vid=5,pcp=3),2"),
            ("actions=set_field:0x1007->vlan_tci,2", "push_vlan(vid=7),2"),
            ("actions=move:eth_src[]->eth_dst[],2", "set(dl_dst=02:00:00:00:00:01),2"),
            ("actions=load:3->reg0,output:reg0", "3"),
            ("actions=load:3->reg0,move:reg0[0..15]->reg1[16..31],output:reg1[16..31]", "3"),
            ("actions=load:9->in_port,output:1", "1"),
            ("actions=resubmit(,1),4", "2,3,4"),
            ("actions=load:7->reg5,write_metadata:0x30/0xf0,goto_table:2", "4"),
            ("actions=meter:5,2", "meter(1),2"),
            ("actions=mirror:3,2,note:01", "3,2"),
            ("actions=mirror:3", "3,drop(rule)"),
        ].compactMap { $0.1 == nil ? nil : ($0.0, $0.1!) })
    func actions(_ rule: String, _ expected: String) throws {
        let fixture = try BridgeFixture()
        #expect(try fixture.network.addMeter(5, in: "br") == 1)
        try fixture.add(rule)
        try fixture.add("table=1,actions=2,3")
        try fixture.add("table=2,reg5=7,metadata=0x30,actions=4")
        #expect(fixture.send(hosts(1, 2), from: 1) == expected)
    }

    @Test func circlesEnd() throws {
        let fixture = try BridgeFixture()
        try fixture.add("actions=2,resubmit(,0)")
        #expect(fixture.send(hosts(1, 2), from: 1) == "drop(too-deep)")
        // Twice as many at each step: the limit of all together.
        try fixture.add("table=1,actions=resubmit(,2),resubmit(,2)")
        for table in 2..<40 { try fixture.add("table=\(table),actions=resubmit(,\(table + 1)),resubmit(,\(table + 1))") }
        try fixture.add("priority=60000,actions=2,resubmit(,1)")
        #expect(fixture.send(hosts(1, 2), from: 1) == "drop(too-deep)")
    }

    @Test func ttlEnds() throws {
        let fixture = try BridgeFixture()
        try fixture.add("ip,actions=dec_ttl,2")
        var frame = hosts(1, 2)
        frame.ttl = 1
        #expect(fixture.send(frame, from: 1) == "drop(ttl-expired)")
    }

    @Test func missesOfTables() throws {
        let fixture = try BridgeFixture()
        try fixture.add("priority=5,ip,actions=resubmit(,3)")
        #expect(fixture.send(hosts(1, 2), from: 1) == "drop(no-rule)")
        #expect(fixture.send(FrameBuilder(arpFrom: MACAddress("02:00:00:00:00:01")!, "10.0.0.1", target: "10.0.0.2"), from: 1) == "2,3,4")
        var configuration = fixture.bridge.configuration
        configuration.isSecure = true
        fixture.network.set(configuration)
        #expect(fixture.send(FrameBuilder(arpFrom: MACAddress("02:00:00:00:00:01")!, "10.0.0.1", target: "10.0.0.2"), from: 1) == "drop(no-rule)")
        #expect(throws: ApusError(.notFound, "bridge \"br\" has no meter 3")) { try fixture.add("actions=meter:3") }
    }

    @Test func countsAndTimeouts() throws {
        var fixture = try BridgeFixture()
        try fixture.add("idle_timeout=5,ip,actions=2")
        try fixture.add("hard_timeout=20,arp,actions=2")
        let frame = hosts(1, 2)
        #expect(fixture.send(frame, from: 1) == "2" && fixture.send(frame, from: 1) == "2")
        let rule = fixture.bridge.rules.rules()[0]
        #expect(rule.packets == 2 && rule.bytes == UInt64(2 * frame.bytes.count))
        fixture.now += 4_000_000_000
        _ = fixture.send(frame, from: 1)
        fixture.now += 4_000_000_000
        #expect(fixture.bridge.rules.expire(now: fixture.now).isEmpty)
        #expect(
            rule.statusText(now: fixture.now)
                == "cookie=0x0, duration=8.000s, table=0, n_packets=3, n_bytes=\(3 * frame.bytes.count), idle_timeout=5,ip actions=output:2")
        fixture.now += 2_000_000_000
        #expect(fixture.bridge.rules.expire(now: fixture.now).map(\.reason) == [.idle])
        fixture.now += 10_000_000_000
        #expect(fixture.bridge.rules.expire(now: fixture.now).map(\.reason) == [.hard] && fixture.bridge.rules.count == 0)
    }

    @Test func commandsChooseRules() throws {
        let fixture = try BridgeFixture()
        let rules = fixture.bridge.rules
        for text in ["priority=1,tcp,actions=2", "priority=2,tcp,tp_dst=80,actions=3", "table=4,udp,actions=2"] { try fixture.add(text) }
        func filter(_ text: String, strict: Bool = false) throws -> RuleFilter {
            try RuleFilter(parsing: text, strict: strict, ports: fixture.bridge.port(named:))
        }
        #expect(try rules.rules(filter("ip")).count == 3 && rules.rules(filter("table=0")).map(\.spec.priority) == [2, 1])
        let (chosen, change) = try RuleFilter.parseModification("tcp,actions=4", strict: false, ports: fixture.bridge.port(named:))
        #expect(try fixture.bridge.modify(chosen, to: change, now: 5) == 2 && rules.rules()[0].spec.actionsText() == "output:4")
        #expect(try rules.delete(filter("priority=1,tcp", strict: true)).count == 1 && rules.count == 2)
        #expect(throws: ApusError.self) { try fixture.add("priority=2,check_overlap,tcp,nw_src=10.0.0.1,actions=2") }
        #expect(try rules.delete(filter("out_port=4")).count == 1 && rules.delete(RuleFilter()).count == 1 && rules.count == 0)
    }

    @Test func mirrors() throws {
        let fixture = try BridgeFixture()
        var mirror = Mirror(name: "m", output: .port(PortNumber(rawValue: 4)))
        try fixture.network.set(mirror, in: "br")
        #expect(fixture.send(hosts(1, nil), from: 1) == "4,2,3")
        #expect(fixture.send(hosts(1, nil), from: 4) == "drop(mirror-port)")
        mirror.destinations = [PortNumber(rawValue: 2)]
        try fixture.network.set(mirror, in: "br")
        try fixture.change(2) { ($0.vlanMode, $0.tag) = (.access, 7) }
        #expect(fixture.send(hosts(1, nil), from: 1) == "3")
        #expect(fixture.send(hosts(1, nil, vlan: 7), from: 1) == "3,pop_vlan,4,2")
        mirror.vlans = VLANSet([8])
        try fixture.network.set(mirror, in: "br")
        #expect(fixture.send(hosts(1, nil, vlan: 7), from: 1) == "3,pop_vlan,2")
        try fixture.network.remove(mirror: "m", in: "br")
        mirror = Mirror(name: "c", output: .capture)
        (mirror.sources, mirror.destinations) = ([PortNumber(rawValue: 1)], [PortNumber(rawValue: 3)])
        try fixture.network.set(mirror, in: "br")
        #expect(fixture.send(hosts(1, nil), from: 1) == "upcall(capture),upcall(capture),3,4")
        try fixture.add("in_port=1,actions=drop")
        #expect(fixture.send(hosts(1, nil), from: 1) == "upcall(capture),drop(rule)")
    }

    @Test func remoteMirror() throws {
        let fixture = try BridgeFixture { if $0.number.rawValue < 3 { ($0.vlanMode, $0.tag) = (.access, 5) } }
        var mirror = Mirror(name: "m", output: .vlan(99))
        mirror.sources = [PortNumber(rawValue: 1)]
        try fixture.network.set(mirror, in: "br")
        #expect(fixture.send(hosts(1, nil), from: 1) == "push_vlan(vid=99),3,4,pop_vlan,2,push_vlan(vid=5),3,4")
    }

    @Test func patches() throws {
        let fixture = try BridgeFixture(ports: 2)
        fixture.network.set(BridgeConfiguration(name: "other"))
        for (number, bridge) in [(10, "br"), (11, "other"), (12, "other"), (13, "other")] {
            var port = PortConfiguration(number: PortNumber(rawValue: UInt32(number)), name: "q\(number)")
            if number < 12 { port.peer = PortNumber(rawValue: UInt32(21 - number)) }
            try fixture.network.set(port, in: bridge)
        }
        #expect(fixture.send(hosts(1, nil), from: 1) == "2,12,13")
        #expect(fixture.send(hosts(2, 1), from: 12) == "1")
        #expect(fixture.send(hosts(1, 2), from: 1) == "12")
        // What the other bridge does to the packet is its own affair.
        try fixture.network.bridge("other").add(RuleSpec(parsing: "udp,actions=mod_tp_dst:1,mod_vlan_vid:3,12", ports: { _ in nil }), now: 0)
        try fixture.add("in_port=1,actions=q10,2")
        #expect(fixture.send(hosts(1, 2), from: 1) == "set(tp_dst=1),push_vlan(vid=3),12,set(tp_dst=53),pop_vlan,2")
        // That it was 53 before is now part of the decision.
        let frame = hosts(1, 2).bytes
        let mask = fixture.network.translate(FlowKey(parsing: frame.span, inPort: 1), now: fixture.now).mask
        #expect(mask.destinationPort == 0xffff && mask.sourcePort == 0 && mask.vlanCount == 0xff)
    }
}
