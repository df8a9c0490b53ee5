public import LinuxSystem
public import PacketCore

/// What happens to one packet, table by table: the answer of `apus switch trace`.
public struct Trace {
    /// The packet.
    public let key: FlowKey
    /// In order, each with how deep in tables and bridges it is.
    public let steps: [(depth: Int, step: TraceStep)]
    /// What the datapath would be told.
    public let translation: Translation

    /// As `ofproto/trace` prints it; ports are named by the switch.
    public func text(ports: PortNamer = { _ in nil }) -> String {
        var lines = ["Flow: " + key.text(ports: ports)]
        for (depth, step) in steps {
            let indent = String(repeating: "    ", count: depth)
            switch step {
            case .bridge(let bridge, let port):
                let title = "\(indent)bridge(\"\(bridge)\"), in by \(port)"
                lines += ["", title, indent + String(repeating: "-", count: title.count - indent.count)]
            case .table(let table, let rule):
                let number = table < 10 ? " \(table)" : "\(table)"
                guard let rule else {
                    lines.append("\(indent)\(number). no rule matches")
                    continue
                }
                let match = rule.spec.match.text(ports: ports)
                let cookie = rule.spec.cookie == 0 ? "" : ", cookie 0x" + String(rule.spec.cookie, radix: 16)
                lines.append("\(indent)\(number). \(match.isEmpty ? "all packets" : match), priority \(rule.spec.priority)\(cookie)")
                if rule.spec.actions.isEmpty { lines.append("\(indent)    drop") }
            case .action(let text): lines.append("\(indent)\(text)")
            case .note(let text): lines.append("\(indent) -> \(text)")
            case .drop(let reason, let why): lines.append("\(indent) >> dropped: \(reason.name)" + (why.isEmpty ? "" : " (\(why))"))
            }
        }
        lines.append("")
        lines.append("Megaflow: " + key.text(mask: translation.mask, ports: ports))
        lines.append("Datapath actions: " + DatapathAction.text(translation.actions, ports: ports))
        return lines.joined(separator: "\n") + "\n"
    }
}

extension VirtualSwitch {
    /// Follows a packet as `translate` does and explains each step; changes nothing.
    public func trace(_ key: FlowKey, now: UInt64) -> Trace {
        let recorder = TraceRecorder()
        let translation = translate(key, now: now, trace: recorder)
        return Trace(key: key, steps: recorder.steps, translation: translation)
    }

    /// Reads a packet in the words of a match ("in_port=web,tcp,nw_dst=10.0.0.2,tp_dst=80"), as `ofproto/trace` takes it.
    public static func packet(parsing text: String, ports: @escaping PortResolver) throws(ApusError) -> FlowKey {
        let filter = try RuleFilter(parsing: text, ports: ports)
        var key = filter.match.key.packet
        if key.vlanControl & FlowKey.vlanPresent != 0 {
            key.vlanCount = 1
            key.vlanProtocol = EtherType.vlan
        }
        if key.ipTTL == 0, key.ethernetType == EtherType.ipv4 || key.ethernetType == EtherType.ipv6, filter.match.mask[.ipTTL] == 0 { key.ipTTL = 64 }
        return key
    }
}
