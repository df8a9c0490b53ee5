import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

struct TraceTests {
    @Test func explainsTableByTable() throws {
        let fixture = try BridgeFixture()
        try fixture.change(3) { ($0.vlanMode, $0.tag) = (.access, 10) }
        try fixture.add("priority=100,cookie=0x7,udp,nw_dst=10.0.0.0/24,actions=dec_ttl,resubmit(,1),output:p2")
        try fixture.add("table=1,priority=5,actions=mod_vlan_vid:10,NORMAL")
        let key = try VirtualSwitch.packet(
            parsing: "in_port=p1,udp,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=53",
            ports: fixture.bridge.port(named:))
        let trace = fixture.network.trace(key, now: fixture.now)
        #expect(
            trace.text(ports: fixture.bridge.name(of:)) == """
                Flow: udp,dl_vlan=0xffff,in_port=p1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ttl=64,tp_src=0,tp_dst=53

                bridge("br"), in by p1
                ----------------------
                 0. udp,nw_dst=10.0.0.0/24, priority 100, cookie 0x7
                    dec_ttl
                    resubmit(,1)
                     1. all packets, priority 5
                        mod_vlan_vid:10
                        NORMAL
                         -> learned: 02:00:00:00:00:01 in VLAN 10 is at p1
                         -> 02:00:00:00:00:02 is not known in VLAN 10: to all
                         -> output to p2
                         -> output to p4
                         -> output to p3
                    output:p2
                     -> output to p2

                Megaflow: udp,dl_vlan=0xffff,in_port=p1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_dst=10.0.0.0/24,nw_ttl=64
                Datapath actions: set(nw_ttl=63),push_vlan(vid=10),p2,p4,pop_vlan,p3,push_vlan(vid=10),p2

                """)
        // It has taught the bridge nothing.
        #expect(fixture.bridge.addresses.all.isEmpty && fixture.bridge.rules.rules()[0].packets == 0)
        #expect(trace.steps.map(\.depth).max() == 2 && trace.translation.rules.count == 2)
    }

    @Test func saysWhyPacketsEnd() throws {
        let fixture = try BridgeFixture { $0.macLimit = 1 }
        _ = fixture.send(hosts(1, nil), from: 1)
        let text = fixture.network.trace(FlowKey(parsing: hosts(2, nil, vlan: 5).bytes.span, inPort: 1), now: fixture.now).text()
        #expect(text.contains(" 0. no rule matches\n >> dropped: mac-limit (1 addresses are learned behind p1 already)\n"))
        #expect(text.contains("Flow: udp,dl_vlan=5,dl_vlan_pcp=0,in_port=1,") && text.hasSuffix("Datapath actions: drop(mac-limit)\n"))
        let lost = fixture.network.trace(FlowKey(parsing: hosts(2, nil).bytes.span, inPort: 77), now: 0).text()
        #expect(lost.contains(">> dropped: unknown-port (there is no port 77)"))
    }

    @Test(arguments: [
        ("in_port=1,arp,arp_op=1,arp_spa=10.0.0.1", "arp,dl_vlan=0xffff,in_port=1,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,arp_spa=10.0.0.1,arp_op=1"),
        ("in_port=1,dl_vlan=7,dl_type=0x88cc", "dl_vlan=7,dl_vlan_pcp=0,in_port=1,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x88cc"),
        (
            "in_port=1,tcp6,ipv6_src=fd00::1,tcp_flags=+syn",
            "tcp6,dl_vlan=0xffff,in_port=1,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,ipv6_src=fd00::1,nw_tos=0,nw_ttl=64,tp_src=0,tp_dst=0,tcp_flags=0x2"
        ),
    ])
    func packetsInWords(_ words: String, _ printed: String) throws {
        #expect(try VirtualSwitch.packet(parsing: words, ports: { _ in nil }).text() == printed)
    }

    @Test func everyReasonHasAName() {
        #expect(Set(DropReason.allCases.map(\.name)).count == DropReason.allCases.count)
        #expect(DropReason.spoofedSource.name == "spoofed-source" && UpcallReason.slowPath.name == "slow-path")
    }
}
