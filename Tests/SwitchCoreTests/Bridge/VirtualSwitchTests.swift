import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

struct VirtualSwitchTests {
    private func port(_ number: UInt32, _ name: String) -> PortConfiguration { PortConfiguration(number: PortNumber(rawValue: number), name: name) }

    @Test func namesAndNumbersAreUnique() throws {
        let network = VirtualSwitch()
        network.set(BridgeConfiguration(name: "a"))
        network.set(BridgeConfiguration(name: "b"))
        try network.set(port(1, "one"), in: "a")
        #expect(throws: ApusError(.conflict, "there is a port \"one\" already")) { try network.set(port(2, "one"), in: "b") }
        #expect(throws: ApusError(.conflict, "port 1 belongs to bridge \"a\"")) { try network.set(port(1, "two"), in: "b") }
        #expect(throws: ApusError(.notFound, "there is no bridge \"c\"")) { try network.set(port(3, "three"), in: "c") }
        #expect(throws: ApusError(.invalidArgument, "no port has the number 0")) { try network.set(port(0, "zero"), in: "a") }
        var local = port(4, "a-local")
        local.isLocal = true
        try network.set(local, in: "a")
        #expect(try network.bridge("a").port(named: "LOCAL") == local.number && network.bridge("a").name(of: local.number) == "LOCAL")
        local.number = PortNumber(rawValue: 5)
        local.name = "other"
        #expect(throws: ApusError(.conflict, "bridge \"a\" has a local port already")) { try network.set(local, in: "a") }
        #expect(try network.bridge("a").ports.map(\.number.rawValue) == [1, 4])
        try network.remove(port: PortNumber(rawValue: 1))
        #expect(throws: ApusError(.notFound, "there is no port 1")) { try network.remove(port: PortNumber(rawValue: 1)) }
    }

    /// Whatever a decision could depend on makes flows be looked at again.
    @Test func everyChangeIsNoticed() throws {
        let network = VirtualSwitch()
        var last = network.generation
        func changed() -> Bool {
            defer { last = network.generation }
            return network.generation != last
        }
        let bridge = network.set(BridgeConfiguration(name: "a"))
        #expect(changed() && !changed())
        try network.set(port(1, "one"), in: "a")
        #expect(changed())
        try network.set(Mirror(name: "m", output: .capture), in: "a")
        #expect(changed())
        try network.remove(mirror: "m", in: "a")
        #expect(changed())
        let rule = try bridge.add(RuleSpec(parsing: "actions=1", ports: { _ in nil }), now: 0)
        #expect(changed())
        #expect(try bridge.modify(RuleFilter(), to: rule.spec, now: 0) == 1 && changed())
        bridge.addresses.learn(vlan: 0, MACAddress(rawValue: 2), at: PortNumber(rawValue: 1), now: 5)
        #expect(changed())
        bridge.addresses.learn(vlan: 0, MACAddress(rawValue: 2), at: PortNumber(rawValue: 1), now: 6)
        #expect(!changed())
        _ = try network.addMeter(7, in: "a")
        #expect(changed())
        try bridge.add(RuleSpec(parsing: "priority=9,actions=meter:7", ports: { _ in nil }), now: 0)
        _ = changed()
        #expect(try network.removeMeter(7, in: "a") == 1 && changed() && bridge.rules.count == 1)
        bridge.rules.delete(RuleFilter())
        #expect(changed())
        try network.remove(port: PortNumber(rawValue: 1))
        #expect(changed())
        try network.remove(bridge: "a")
        #expect(changed())
    }

    @Test func bridgesThatWentLeaveNothing() throws {
        let network = VirtualSwitch()
        weak let bridge = network.set(BridgeConfiguration(name: "a"))
        try network.set(port(1, "one"), in: "a")
        var kept = network.port(PortNumber(rawValue: 1))
        try network.remove(bridge: "a")
        #expect(kept?.bridge.configuration.name == "a" && network.port(PortNumber(rawValue: 1)) == nil)
        kept = nil
        #expect(bridge == nil)
    }
}
