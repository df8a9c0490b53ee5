import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore

/// One switch of two bridges with its datapath, and a second datapath in which each packet is decided anew.
final class SwitchScene {
    private static let portCount = 6
    private var random: RandomSource
    private let network = VirtualSwitch()
    private let cached = MemoryDatapath()
    private let fresh = MemoryDatapath()
    private let flows: InstalledFlows
    private var naive = NaiveSwitch(ports: [], bridgeOf: [:], rules: [:], mirrors: [:])
    private var now: UInt64 = 1_000_000_000
    private var frame: [UInt8] = []
    /// Of a fault.
    private(set) var explanation = ""

    init(seed: UInt64) throws(ApusError) {
        random = RandomSource(seed: seed)
        flows = InstalledFlows(network)
        flows.idleTime = 3_000_000_000
        for name in ["a", "b"] {
            var configuration = BridgeConfiguration(name: name)
            configuration.isSecure = random.once(in: 4)
            configuration.macAgeing = 2_000_000_000
            configuration.macLimit = 3 + random.below(6)
            network.set(configuration)
        }
        for number in 1...SwitchScene.portCount { try set(random.port(UInt32(number)), number == 4 ? "b" : "a") }
        if random.once(in: 2) {
            for (number, peer, bridge) in [(7, 8, "a"), (8, 7, "b")] {
                var port = PortConfiguration(number: PortNumber(rawValue: UInt32(number)), name: "p\(number)")
                port.peer = PortNumber(rawValue: UInt32(peer))
                try set(port, bridge)
            }
        }
        for _ in 0..<random.below(12) { try addRule() }
        if random.once(in: 3) { try network.set(random.mirror(ports: SwitchScene.portCount), in: "a") }
        remember()
    }

    private func set(_ port: PortConfiguration, _ bridge: String) throws(ApusError) {
        let isNew = network.port(port.number) == nil
        try network.set(port, in: bridge)
        guard isNew else { return }
        let datapathPort = DatapathPort(number: port.number, interface: port.name, index: port.number.rawValue, isVeth: true)
        try cached.add(datapathPort)
        try fresh.add(datapathPort)
    }

    private func addRule() throws(ApusError) {
        try network.bridge(random.once(in: 4) ? "b" : "a").add(random.rule(ports: SwitchScene.portCount), now: now)
    }

    private func remember() {
        naive = NaiveSwitch(ports: [], bridgeOf: [:], rules: [:], mirrors: [:])
        for (name, bridge) in network.bridges {
            naive.ports += bridge.ports.map(\.configuration)
            for port in bridge.ports { naive.bridgeOf[port.number] = name }
            naive.rules[name] = bridge.rules.rules().map(\.spec)
            naive.mirrors[name] = bridge.mirrors
        }
    }

    /// One frame, now and then after a change of the switch.
    func step(_ depth: inout SwitchFuzzer.Depth) throws(ApusError) {
        if random.once(in: 8) { try change() }
        now += 1_000_000
        try revalidate(&depth)
        let clean = random.frame().bytes
        frame = random.once(in: 3) ? random.damaged(clean) : clean
        let port = PortNumber(rawValue: UInt32(1 + random.below(SwitchScene.portCount)))
        let key = FlowKey(parsing: frame.span, inPort: port.rawValue)
        let translation = network.translate(key, now: now)
        try fresh.execute(translation.actions, on: DatapathPacket(port: port, reason: .miss, frame: frame))
        cached.inject(frame, port: port)
        try answerMiss(key, translation, port, &depth)
        try compare(key, translation, port)
        depth.sent += cached.sent.count
        (cached.sent, fresh.sent) = ([], [])
    }

    private func answerMiss(_ key: FlowKey, _ translation: Translation, _ port: PortNumber, _ depth: inout SwitchFuzzer.Depth) throws(ApusError) {
        var isMiss = false
        try cached.receive(limit: 100) { if $0.reason == .miss { isMiss = true } }
        try fresh.receive(limit: 100) { _ in }
        guard isMiss else { return }
        depth.misses += 1
        try cached.put(flows.install(key, translation, now: now))
        try cached.execute(translation.actions, on: DatapathPacket(port: port, reason: .miss, frame: frame))
        try cached.receive(limit: 100) { _ in }
        network.apply(translation, packets: 1, bytes: UInt64(frame.count), now: now)
    }

    private func compare(_ key: FlowKey, _ translation: Translation, _ port: PortNumber) throws(ApusError) {
        func fault(_ what: String) -> ApusError {
            explanation = "frame \(frame)\n" + network.trace(key, now: now).text()
            return ApusError(.system, what)
        }
        guard cached.sent == fresh.sent else { throw fault("a flow treats the packet otherwise than the tables: \(cached.sent.map(\.port.rawValue))") }
        let allowed = naive.allowed(frame, from: port)
        for copy in cached.sent where !allowed.contains(copy.port) { throw fault("a copy left by port \(copy.port.rawValue), which nothing allows") }
    }

    private func revalidate(_ depth: inout SwitchFuzzer.Depth) throws(ApusError) {
        if random.once(in: 4) { try cached.forEachFlow { flows.credit($0, $1, now: now) } }
        for bridge in network.bridges.values {
            bridge.addresses.expire(now: now)
            _ = bridge.rules.expire(now: now)
        }
        remember()
        for change in flows.revalidate(now: now) {
            depth.changes += 1
            switch change {
            case .put(let flow): try cached.put(flow)
            case .remove(let id): try cached.remove(flow: id)
            }
        }
    }

    private func change() throws(ApusError) {
        let bridge = try network.bridge(random.once(in: 4) ? "b" : "a")
        switch random.below(9) {
        case 0...3: try addRule()
        case 4: if let rule = bridge.rules.rules().randomElement(using: &random) { delete(rule, bridge) }
        case 5:
            guard let port = bridge.ports.randomElement(using: &random), port.configuration.peer == nil else { return }
            var configuration = random.port(port.number.rawValue)
            configuration.number = port.number
            try set(configuration, bridge.configuration.name)
        case 6:
            if random.once(in: 2) {
                bridge.addresses.flush()
            } else {
                bridge.addresses.setStatic(vlan: 0, MACAddress(rawValue: 0x0200_0000_0001), at: bridge.ports[0].number)
            }
        case 7:
            if let mirror = bridge.mirrors.first {
                try network.remove(mirror: mirror.name, in: bridge.configuration.name)
            } else {
                try network.set(random.mirror(ports: SwitchScene.portCount), in: "a")
            }
        default: now += UInt64(random.below(3)) * 1_000_000_000
        }
    }

    private func delete(_ rule: Rule, _ bridge: Bridge) {
        var filter = RuleFilter()
        (filter.table, filter.priority, filter.match, filter.isStrict) = (rule.spec.table, rule.spec.priority, rule.spec.match, true)
        bridge.rules.delete(filter)
    }
}
