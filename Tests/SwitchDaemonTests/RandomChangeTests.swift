import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchControl
import SwitchCore
import Testing

@testable import SwitchDaemon

/// Random transactions, some of which fail in the middle: what the switch says, what the slow path and the datapath hold, and what the database brings
/// back after kill -9 are the same at every moment.
@Suite struct RandomChangeTests {
    /// All that users can see of the configuration.
    private func snapshot(_ vswitch: Switch) throws -> [String] {
        var lines: [String] = []
        for request: Request in [.bridges, .mirrors(bridge: ""), .meters(bridge: "")] { lines.append("\(vswitch.answer(request))") }
        guard case .ports(let ports) = vswitch.answer(.ports(bridge: "")) else { throw ApusError(.system, "no ports") }
        lines += ports.map { "\($0.settings) \($0.index) \($0.isUp)" }
        guard case .macs(let macs) = vswitch.answer(.macs(bridge: "")) else { throw ApusError(.system, "no MAC table") }
        lines += macs.filter(\.isStatic).map { "\($0)" }
        for bridge in vswitch.bridges.keys.sorted() {
            guard case .rules(let rules) = vswitch.answer(.rules(bridge: bridge, match: "")) else { throw ApusError(.system, "no rules") }
            // The order among equal priorities is that of their making.
            lines += rules.map { "\(bridge) \($0.table) \($0.priority) \($0.cookie) \($0.match) \($0.actions) \($0.idleTimeout) \($0.hardTimeout)" }.sorted()
        }
        return lines
    }

    /// What the slow path and the datapath hold, in the words of the switch.
    private func check(_ bench: Bench, _ words: @autoclosure () -> String) {
        let vswitch = bench.vswitch
        #expect(Set(vswitch.network.bridges.keys) == Set(vswitch.bridges.keys), "\(words())")
        let decided = vswitch.network.bridges.values.flatMap { $0.ports.map(\.number.rawValue) }
        #expect(Set(decided) == Set(vswitch.ports.keys), "\(words())")
        let wanted = Set(vswitch.ports.values.compactMap { $0.datapathPort?.number })
        #expect(Set(bench.datapath.known.keys) == wanted, "\(words())")
        #expect(vswitch.numbersByName.count == vswitch.ports.count, "\(words())")
        let rates = vswitch.ports.values.flatMap(\.meters).count { $0.rate != 0 } + vswitch.bridges.values.reduce(0) { $0 + $1.meters.count }
        #expect(bench.datapath.meters.count == rates, "\(words())")
    }

    private func change(_ random: inout RandomSource, _ bench: Bench) -> Change {
        let bridge = random.pick(["b", "c", "net", "nowhere"])
        let name = "v\(random.below(6))"
        switch random.below(16) {
        case 0: return .addBridge(BridgeSettings(name: random.pick(["b", "c"]), network: random.pick(["", "net"])), mayExist: random.once(in: 2))
        case 1: return random.once(in: 3) ? .removeBridge(bridge) : .addBridge(BridgeSettings(name: "b"), mayExist: true)
        case 2, 3, 4:
            var port = PortSettings(bridge: bridge, interface: name, kind: random.pick([.veth, .uplink, .local, .tap]))
            if random.once(in: 4) {
                (port.kind, port.interface, port.name, port.peer) = (.patch, "", "p\(random.below(2))", "p\(random.below(2))")
            }
            (port.tag, port.rate, port.stormLimit) = (UInt16(random.below(3)), random.once(in: 3) ? 1_000_000 : 0, UInt32(random.below(2) * 100))
            return .addPort(port, mayExist: random.once(in: 2))
        case 5:
            var port = PortSettings(bridge: "", interface: name, kind: .veth)
            (port.tag, port.rate) = (UInt16(random.below(5000)), UInt64(random.below(2) * 1000))
            return .setPort(port)
        case 6: return .removePort(bridge: "", port: name, mayLack: random.once(in: 2))
        case 7, 8: return .addRules(bridge: bridge, (0..<random.below(4)).map { _ in rule(&random) })
        case 9: return .modifyRules(bridge: bridge, [random.pick(["tcp,actions=drop", "in_port=\(name),actions=NORMAL", "actions=meter:1,NORMAL"])])
        case 10: return .removeRules(bridge: bridge, [random.pick(["", "tcp", "table=1", "in_port=\(name)"])])
        case 11: return .replaceRules(bridge: bridge, (0..<random.below(3)).map { _ in rule(&random) })
        case 12:
            var mirror = MirrorSettings()
            (mirror.bridge, mirror.name, mirror.output) = (bridge, "m\(random.below(2))", name)
            if random.once(in: 2) { mirror.sources = ["v\(random.below(6))"] }
            return random.once(in: 3) ? .removeMirror(bridge: bridge, name: mirror.name) : .setMirror(mirror)
        case 13:
            return random.once(in: 3)
                ? .removeMeter(bridge: bridge, id: 1)
                : .setMeter(MeterSettings(bridge: bridge, id: UInt32(1 + random.below(2)), rate: UInt64(random.below(3) * 1000)))
        case 14: return .addMAC(MACEntry(bridge: bridge, vlan: UInt16(random.below(2)), mac: [2, 0, 0, 0, 0, UInt8(random.below(3))], port: name))
        default: return .removeMAC(bridge: bridge, vlan: 0, mac: [2, 0, 0, 0, 0, UInt8(random.below(3))])
        }
    }

    private func rule(_ random: inout RandomSource) -> String {
        let match = random.pick(["tcp", "udp,tp_dst=53", "ip,nw_dst=10.0.0.0/8", "in_port=v\(random.below(6))", "", "dl_vlan=7", "nonsense"])
        let actions = random.pick(["drop", "NORMAL", "output:v\(random.below(6))", "meter:1,NORMAL", "set_field:10.0.0.9->nw_dst,NORMAL"])
        return "table=\(random.below(2)),priority=\(random.below(3)),cookie=\(random.below(2))\(match.isEmpty ? "" : ",")\(match),actions=\(actions)"
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func allStatesAreTheSame(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let bench = try Bench()
        for number in 0..<4 { bench.links.add("v\(number)", isVeth: false) }
        var succeeded = 0
        for round in 0..<250 {
            let before = try snapshot(bench.vswitch)
            bench.datapath.failsToAdd = random.once(in: 8)
            let changes = (0...random.below(3)).map { _ in change(&random, bench) }
            let reply = bench.vswitch.answer(.change(changes))
            bench.datapath.failsToAdd = false
            let words = "seed \(seed), round \(round): \(changes) -> \(reply)"
            if case .failed = reply {
                #expect(try snapshot(bench.vswitch) == before, "\(words)")
            } else {
                succeeded += 1
            }
            check(bench, words)
            if round % 10 == 9 {
                let now = try snapshot(bench.vswitch)
                // Meters are numbered anew at a start; what an earlier daemon has left under other numbers serves nobody.
                bench.datapath.meters = [:]
                try bench.restart()
                #expect(try snapshot(bench.vswitch) == now, "\(words)")
                check(bench, words)
            }
        }
        #expect(succeeded > 30)
    }
}
