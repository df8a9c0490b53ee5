import PacketCore
import SwitchCore

/// Where a frame may go at most, found without any of the product's parsing, classifying or translating: by reading bytes and trying every rule.
struct NaiveSwitch {
    var ports: [PortConfiguration]
    var bridgeOf: [PortNumber: String]
    var rules: [String: [RuleSpec]]
    var mirrors: [String: [Mirror]]

    private func port(_ number: PortNumber) -> PortConfiguration? { ports.first { $0.number == number } }

    private func isMirrorOutput(_ number: PortNumber) -> Bool { mirrors.values.joined().contains { $0.output == .port(number) } }

    /// Every port that the frame may leave by.
    func allowed(_ frame: [UInt8], from number: PortNumber) -> Set<PortNumber> {
        guard let port = port(number), port.isUp, !isMirrorOutput(number), !isForged(frame, port) else { return [] }
        return inside(bridgeOf[number] ?? "", frame, number, isChanged: false, depth: 0)
    }

    private func all(_ bridge: String) -> Set<PortNumber> { Set(ports.filter { bridgeOf[$0.number] == bridge }.map(\.number)) }

    private func inside(_ bridge: String, _ frame: [UInt8], _ number: PortNumber, isChanged: Bool, depth: Int) -> Set<PortNumber> {
        var result = table(0, bridge, frame, number, isChanged: isChanged, depth: depth)
        for mirror in mirrors[bridge] ?? [] {
            switch mirror.output {
            case .port(let target): result.insert(target)
            case .vlan: result.formUnion(all(bridge).filter { !isMirrorOutput($0) })
            case .capture: break
            }
        }
        // What goes into a patch goes on in the other bridge, changed by then for all that is known here.
        for target in result where depth < 2 {
            if let peer = port(target)?.peer, let other = bridgeOf[peer] { result.formUnion(inside(other, frame, peer, isChanged: true, depth: depth + 1)) }
        }
        return result.filter { port($0)?.isUp == true && port($0)?.peer == nil }
    }

    private func table(_ table: UInt8, _ bridge: String, _ frame: [UInt8], _ number: PortNumber, isChanged: Bool, depth: Int) -> Set<PortNumber> {
        guard depth < 6 else { return all(bridge) }
        let here = (rules[bridge] ?? []).filter { $0.table == table }
        let key = PipelineKey(FlowKey(parsing: frame.span, inPort: number.rawValue))
        let matching = isChanged ? here : here.filter { $0.match.matches(key) }
        let best = isChanged ? here : matching.filter { $0.priority == matching.map(\.priority).max() }
        var result: Set<PortNumber> = []
        if table == 0, isChanged || best.isEmpty { result = normal(bridge, frame, number, isChanged: isChanged) }
        for rule in best {
            var isChanged = isChanged
            for action in rule.actions {
                switch action {
                case .output(let port), .mirror(let port): result.insert(port)
                case .normal, .flood: result.formUnion(normal(bridge, frame, number, isChanged: isChanged))
                case .resubmit(let other, let next):
                    result.formUnion(self.table(next ?? table, bridge, frame, number, isChanged: isChanged || other != nil, depth: depth + 1))
                    // What was changed there stays changed.
                    isChanged = true
                case .goto(let next): result.formUnion(self.table(next, bridge, frame, number, isChanged: isChanged, depth: depth + 1))
                case .inPort: result.formUnion(isChanged ? all(bridge) : [number])
                case .all, .local, .outputField: result.formUnion(all(bridge))
                case .controller, .note, .meter: break
                default: isChanged = true
                }
            }
        }
        return result
    }

    private func normal(_ bridge: String, _ frame: [UInt8], _ number: PortNumber, isChanged: Bool) -> Set<PortNumber> {
        // As if it came from elsewhere, it may go back, too.
        if isChanged { return all(bridge).filter { !isMirrorOutput($0) } }
        let others = ports.filter { bridgeOf[$0.number] == bridge && $0.number != number && !isMirrorOutput($0.number) }
        guard let from = port(number) else { return [] }
        guard frame.count >= 14 else { return [] }
        let isTagged = frame.count >= 18 && (frame[12] == 0x81 && frame[13] == 0 || frame[12] == 0x88 && frame[13] == 0xa8)
        let tagged = isTagged ? UInt16(frame[14] & 15) << 8 | UInt16(frame[15]) : 0
        let vlan = tagged == 0 && from.vlanMode != .trunk ? from.tag : tagged
        if from.vlanMode == .access, tagged != 0 { return [] }
        func isOf(_ port: PortConfiguration) -> Bool {
            switch port.vlanMode {
            case .access: vlan == port.tag
            case .trunk: port.trunks.isEmpty || port.trunks.contains(vlan)
            case .nativeTagged, .nativeUntagged: vlan == port.tag || port.trunks.isEmpty || port.trunks.contains(vlan)
            }
        }
        guard from.vlanMode == .access || isOf(from) else { return [] }
        return Set(others.filter { isOf($0) && !($0.isIsolated && from.isIsolated) }.map(\.number))
    }
}
