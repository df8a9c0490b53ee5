import PacketCore
import PacketFixtures
import SwitchCore
import Testing

struct NormalTests {
    @Test func learnsAndForgets() throws {
        var fixture = try BridgeFixture()
        #expect(fixture.send(hosts(1, 2), from: 1) == "2,3,4")
        #expect(fixture.send(hosts(2, 1), from: 3) == "1")
        #expect(fixture.send(hosts(1, 2), from: 1) == "3")
        #expect(fixture.send(hosts(1, nil), from: 1) == "2,3,4")
        // Another host behind the same port needs nothing of the switch.
        #expect(fixture.send(hosts(3, 2), from: 3) == "drop(source-port)")
        // It moves.
        #expect(fixture.send(hosts(2, 1), from: 4) == "1")
        #expect(fixture.send(hosts(1, 2), from: 1) == "4")
        #expect(fixture.bridge.addresses.moves == 1)
        fixture.now += 301_000_000_000
        #expect(fixture.send(hosts(1, 2), from: 1) == "2,3,4")
        fixture.bridge.addresses.expire(now: fixture.now)
        #expect(fixture.bridge.addresses.all.map(\.mac) == [MACAddress("02:00:00:00:00:01")!])
    }

    @Test func refusesWhatNoBridgeForwards() throws {
        let fixture = try BridgeFixture()
        var frame = hosts(1, 2)
        frame.destination = MACAddress("01:80:c2:00:00:0e")!
        #expect(fixture.send(frame, from: 1) == "drop(reserved-multicast)")
        frame = hosts(1, 2)
        frame.source = MACAddress("03:00:00:00:00:01")!
        #expect(fixture.send(frame, from: 1) == "drop(malformed)")
        #expect(fixture.send(hosts(1, 2), from: 9) == "drop(unknown-port)")
        try fixture.change(1) { $0.isUp = false }
        #expect(fixture.send(hosts(1, 2), from: 1) == "drop(port-down)")
        #expect(fixture.send(hosts(1, 2), from: 2) == "3,4")
    }

    @Test func vlans() throws {
        let fixture = try BridgeFixture(ports: 6)
        try fixture.change(1) { ($0.vlanMode, $0.tag) = (.access, 10) }
        try fixture.change(2) { ($0.vlanMode, $0.tag) = (.access, 20) }
        try fixture.change(3) { $0.trunks = VLANSet([10, 20]) }
        try fixture.change(4) { ($0.vlanMode, $0.tag, $0.trunks) = (.nativeUntagged, 10, VLANSet([20])) }
        try fixture.change(5) { ($0.vlanMode, $0.tag, $0.trunks) = (.nativeTagged, 20, VLANSet([30])) }
        #expect(fixture.send(hosts(1, nil), from: 1) == "4,push_vlan(vid=10),3,6")
        #expect(fixture.send(hosts(2, nil), from: 2) == "push_vlan(vid=20),3,4,5,6")
        #expect(fixture.send(hosts(1, nil, vlan: 10), from: 1) == "drop(vlan-not-allowed)")
        #expect(fixture.send(hosts(1, nil, vlan: 0xe000), from: 1) == "pop_vlan,4,push_vlan(vid=10,pcp=7),3,6")
        #expect(fixture.send(hosts(3, nil, vlan: 10), from: 3) == "6,pop_vlan,1,4")
        #expect(fixture.send(hosts(6, nil, vlan: 10), from: 6) == "3,pop_vlan,1,4")
        #expect(fixture.send(hosts(3, nil, vlan: 30), from: 3) == "drop(vlan-not-allowed)")
        #expect(fixture.send(hosts(3, nil), from: 3) == "drop(vlan-not-allowed)")
        #expect(fixture.send(hosts(4, nil), from: 4) == "1,push_vlan(vid=10),3,6")
        #expect(fixture.send(hosts(5, nil), from: 5) == "2,push_vlan(vid=20),3,4,6")
        #expect(fixture.send(hosts(6, nil, vlan: 30), from: 6) == "5")
        #expect(fixture.send(hosts(6, nil), from: 6) == "drop(source-port)")
        // Where host 3 is in VLAN 10 says nothing about VLAN 20.
        #expect(fixture.send(hosts(2, 3), from: 2) == "push_vlan(vid=20),3,4,5,6")
        #expect(fixture.send(hosts(1, 3), from: 1) == "push_vlan(vid=10),3")
    }

    @Test func innerTagsAreTheHosts() throws {
        let fixture = try BridgeFixture(ports: 2)
        try fixture.change(1) { ($0.vlanMode, $0.tag) = (.access, 10) }
        var frame = hosts(1, nil)
        frame.tags = [(0x88a8, 10), (0x8100, 7)]
        #expect(fixture.send(frame, from: 2) == "pop_vlan,1")
        frame.tags = [(0x8100, 0), (0x8100, 7)]
        #expect(fixture.send(frame, from: 1) == "pop_vlan,push_vlan(vid=10),2")
    }

    @Test func isolatedPorts() throws {
        let fixture = try BridgeFixture { $0.isIsolated = $0.number.rawValue < 3 }
        #expect(fixture.send(hosts(1, nil), from: 1) == "3,4")
        #expect(fixture.send(hosts(2, 1), from: 2) == "drop(isolated)")
        #expect(fixture.send(hosts(3, 1), from: 3) == "1")
    }

    @Test func limitsOfAddresses() throws {
        let fixture = try BridgeFixture { $0.macLimit = 2 }
        #expect(fixture.send(hosts(1, nil), from: 1) == "2,3,4")
        #expect(fixture.send(hosts(2, nil), from: 1) == "2,3,4")
        #expect(fixture.send(hosts(3, nil), from: 1) == "drop(mac-limit)")
        #expect(fixture.send(hosts(1, nil), from: 1) == "2,3,4")
        #expect(fixture.send(hosts(3, nil), from: 2) == "1,3,4")
    }

    @Test func metersOfPorts() throws {
        let fixture = try BridgeFixture { ($0.rate, $0.stormLimit) = (1_000_000, 100) }
        #expect(fixture.send(hosts(1, nil), from: 1) == "meter(rate of 1),meter(storm of 1),2,3,4")
        #expect(fixture.send(hosts(2, 1), from: 2) == "meter(rate of 2),1")
        #expect(MeterID.isOfPackets(MeterID.storm(of: PortNumber(rawValue: 1))) && !MeterID.isOfPackets(MeterID.rate(of: PortNumber(rawValue: 1))))
    }

    @Test func aFullTableEvictsFairly() {
        let table = MACTable(limit: 100)
        for index in 1...10 { table.learn(vlan: 0, MACAddress(rawValue: UInt64(index)), at: PortNumber(rawValue: 1), now: 0) }
        for index in 1000...3000 { table.learn(vlan: 0, MACAddress(rawValue: UInt64(index)), at: PortNumber(rawValue: 2), now: UInt64(index)) }
        #expect(table.learnedCount == 100 && table.count(of: PortNumber(rawValue: 1)) == 10 && table.count(of: PortNumber(rawValue: 2)) == 90)
        #expect(table.lookup(vlan: 0, MACAddress(rawValue: 3000), now: 3000) != nil && table.lookup(vlan: 0, MACAddress(rawValue: 1500), now: 3000) == nil)
        #expect(table.evictions == 1911)
        table.setStatic(vlan: 0, MACAddress(rawValue: 5), at: PortNumber(rawValue: 3))
        #expect(table.learn(vlan: 0, MACAddress(rawValue: 5), at: PortNumber(rawValue: 1), now: 1) == .known)
        #expect(table.lookup(vlan: 0, MACAddress(rawValue: 5), now: ~0)?.port == PortNumber(rawValue: 3))
        table.flush()
        #expect(table.all.count == 1 && table.learnedCount == 0)
    }
}
