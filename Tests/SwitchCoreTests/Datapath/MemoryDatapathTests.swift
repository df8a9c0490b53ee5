import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

/// A slow path over a datapath, as the daemon has it.
final class Harness {
    var fixture: BridgeFixture
    let datapath = MemoryDatapath()
    let flows: InstalledFlows
    var misses = 0

    init(_ fixture: BridgeFixture) throws {
        self.fixture = fixture
        flows = InstalledFlows(fixture.network)
        for port in fixture.bridge.ports {
            try datapath.add(DatapathPort(number: port.number, interface: port.configuration.name, index: port.number.rawValue, isVeth: true))
        }
        datapath.clock = { [unowned self] in self.fixture.now }
    }

    /// The ports by which a frame left, and how many packets came up for it.
    func send(_ frame: FrameBuilder, from port: UInt32) throws -> [UInt32] {
        datapath.sent = []
        datapath.inject(frame.bytes, port: PortNumber(rawValue: port))
        var up: [[UInt8]] = []
        try datapath.receive(limit: 10) { up.append($0.frame) }
        for frame in up {
            misses += 1
            let key = FlowKey(parsing: frame.span, inPort: port)
            let translation = fixture.network.translate(key, now: fixture.now)
            fixture.network.apply(translation, packets: 1, bytes: UInt64(frame.count), now: fixture.now)
            try datapath.put(flows.install(key, translation, now: fixture.now))
            try datapath.execute(translation.actions, on: DatapathPacket(port: PortNumber(rawValue: port), reason: .miss, frame: frame))
        }
        return datapath.sent.map(\.port.rawValue)
    }

    /// What the daemon does now and then.
    func tick() throws -> Int {
        try datapath.forEachFlow { flows.credit($0, $1, now: fixture.now) }
        let changes = flows.revalidate(now: fixture.now)
        for change in changes {
            switch change {
            case .put(let flow): try datapath.put(flow)
            case .remove(let id): try datapath.remove(flow: id)
            }
        }
        return changes.count
    }
}

struct MemoryDatapathTests {
    @Test func flowsCarryWhatTheSlowPathDecided() throws {
        let harness = try Harness(BridgeFixture())
        #expect(try harness.send(hosts(1, 2), from: 1) == [2, 3, 4] && harness.send(hosts(2, 1), from: 2) == [1] && harness.misses == 2)
        #expect(try harness.send(hosts(2, 1), from: 2) == [1] && harness.misses == 2)
        // The flow from 1 to 2 floods until it is looked at again.
        #expect(try harness.send(hosts(1, 2), from: 1) == [2, 3, 4] && harness.tick() == 1 && harness.send(hosts(1, 2), from: 1) == [2])
        #expect(harness.misses == 2 && harness.flows.count == 2 && harness.datapath.flowCount == 2)
        #expect(try harness.tick() == 0)
        let statistics = try harness.datapath.statistics(of: PortNumber(rawValue: 1))
        #expect(statistics.receivedPackets == 3 && statistics.sentPackets == 2)
    }

    @Test func movesAreSeenThoughFlowsAreThere() throws {
        let harness = try Harness(BridgeFixture())
        _ = try (harness.send(hosts(1, 2), from: 1), harness.send(hosts(2, 1), from: 2), harness.tick())
        // Host 2 moves to port 3 and back; both times the first packet from there must come up.
        #expect(try harness.send(hosts(2, 1), from: 3) == [1] && harness.tick() > 0 && harness.send(hosts(1, 2), from: 1) == [3])
        #expect(try harness.send(hosts(2, 1), from: 2) == [1] && harness.tick() > 0 && harness.send(hosts(1, 2), from: 1) == [2])
        #expect(harness.fixture.bridge.addresses.moves == 2)
    }

    @Test func trafficKeepsAddressesAndRulesAlive() throws {
        let harness = try Harness(BridgeFixture())
        try harness.fixture.add("idle_timeout=20,udp,actions=NORMAL")
        _ = try (harness.send(hosts(1, 2), from: 1), harness.send(hosts(2, 1), from: 2))
        for _ in 0..<50 {
            harness.fixture.now += 5_000_000_000
            harness.fixture.bridge.addresses.expire(now: harness.fixture.now)
            #expect(try harness.send(hosts(2, 1), from: 2) == [1])
            _ = try harness.tick()
            #expect(harness.fixture.bridge.rules.expire(now: harness.fixture.now).isEmpty)
        }
        #expect(harness.misses == 2 && harness.fixture.bridge.rules.rules()[0].packets == 52)
        // Host 1 has said nothing: its flow has gone, and after five minutes its address.
        #expect(harness.flows.count == 1 && harness.fixture.bridge.addresses.all.count == 2)
        harness.fixture.now += 60_000_000_000
        #expect(try harness.tick() == 1 && harness.flows.count == 0 && harness.datapath.flowCount == 0)
        harness.fixture.bridge.addresses.expire(now: harness.fixture.now)
        #expect(harness.fixture.bridge.rules.expire(now: harness.fixture.now).count == 1)
        #expect(harness.fixture.bridge.addresses.all.map(\.mac.rawValue) == [0x0200_0000_0002])
    }

    @Test func changesOfRulesReachFlows() throws {
        let harness = try Harness(BridgeFixture())
        #expect(try harness.send(hosts(1, nil), from: 1) == [2, 3, 4])
        try harness.fixture.add("priority=7,ip,actions=2")
        #expect(try harness.tick() == 1 && harness.send(hosts(1, nil), from: 1) == [2] && harness.misses == 1)
        // A rule that looks at more than the flow knows: the flow goes, and the next packet comes up.
        try harness.fixture.add("priority=8,udp,nw_dst=255.255.255.255,tp_dst=53,actions=3")
        #expect(try harness.tick() == 1 && harness.send(hosts(1, nil), from: 1) == [3] && harness.misses == 2)
        harness.fixture.bridge.rules.delete(RuleFilter())
        // NORMAL looks at addresses, which that flow does not know.
        #expect(try harness.tick() == 1 && harness.send(hosts(1, nil), from: 1) == [2, 3, 4] && harness.misses == 3)
    }

    /// A new daemon finds the flows of an earlier one.
    @Test func adoption() throws {
        let harness = try Harness(BridgeFixture())
        try harness.fixture.add("priority=7,ip,actions=2")
        _ = try harness.send(hosts(1, nil), from: 1)
        let flows = InstalledFlows(harness.fixture.network)
        try harness.datapath.forEachFlow { flows.credit($0, $1, now: harness.fixture.now) }
        #expect(flows.count == 1 && flows.revalidate(now: harness.fixture.now).isEmpty)
        #expect(try harness.send(hosts(1, nil), from: 1) == [2] && harness.misses == 1)
        let before = harness.fixture.bridge.rules.rules()[0].packets
        try harness.datapath.forEachFlow { flows.credit($0, $1, now: harness.fixture.now) }
        #expect(harness.fixture.bridge.rules.rules()[0].packets == before + 1)
        harness.fixture.bridge.rules.delete(RuleFilter())
        let stranger = Megaflow(id: 900, key: FlowKey(), mask: FlowKey(), actions: [.output(PortNumber(rawValue: 4))])
        flows.credit(stranger, FlowStatistics(), now: harness.fixture.now)
        #expect(flows.revalidate(now: harness.fixture.now).count == 2 && flows.count == 0)
    }

    @Test func dropsAndMetersAreCounted() throws {
        let harness = try Harness(BridgeFixture { $0.stormLimit = 2 })
        try harness.datapath.setMeter(MeterID.storm(of: PortNumber(rawValue: 1)), rate: 2, burst: 2)
        for _ in 0..<5 { _ = try harness.send(hosts(1, nil), from: 1) }
        try harness.fixture.add("priority=7,arp,actions=drop")
        _ = try harness.send(FrameBuilder(arpFrom: MACAddress("02:00:00:00:00:01")!, "10.0.0.1", target: "10.0.0.2"), from: 1)
        harness.datapath.inject([1, 2, 3], port: PortNumber(rawValue: 77))
        #expect(try harness.datapath.drops() == [.storm: 3, .rule: 1, .unknownPort: 1])
    }
}
