import LinuxSystem
import PacketCore
import SwitchControl
import SwitchCore

extension Switch {
    /// The rules of a bridge that match a text.
    func rules(of bridge: RunningBridge, matching text: String) throws(ApusError) -> [RuleReport] {
        try creditFlows()
        let filter = try RuleFilter(parsing: text, strict: false, ports: resolver(bridge))
        let now = monotonicNanoseconds()
        return try network.bridge(bridge.name).rules.rules(filter).map { rule in
            var report = RuleReport()
            (report.table, report.priority, report.cookie) = (rule.spec.table, rule.spec.priority, rule.spec.cookie)
            (report.match, report.actions) = (rule.spec.match.text(ports: namer), rule.spec.actionsText(ports: namer))
            (report.packets, report.bytes) = (rule.packets, rule.bytes)
            (report.age, report.idle) = ((now - min(now, rule.created)) / 1_000_000, (now - min(now, rule.used)) / 1_000_000)
            (report.idleTimeout, report.hardTimeout) = (rule.spec.idleTimeout, rule.spec.hardTimeout)
            return report
        }
    }

    /// What the datapath holds, and has counted.
    func megaflows() throws(ApusError) -> [MegaflowReport] {
        let now = monotonicNanoseconds()
        var list: [MegaflowReport] = []
        try datapath.forEachFlow { flow, statistics in
            var report = MegaflowReport()
            (report.id, report.match) = (flow.id, flow.key.text(mask: flow.mask, ports: namer))
            report.actions = DatapathAction.text(flow.actions, ports: namer)
            (report.packets, report.bytes) = (statistics.packets, statistics.bytes)
            report.idle = statistics.lastUsed == 0 ? .max : (now - min(now, statistics.lastUsed)) / 1_000_000
            list.append(report)
        }
        return list
    }

    /// What would happen to a packet; nothing is sent and nothing learned.
    func trace(_ text: String, in bridge: RunningBridge) throws(ApusError) -> String {
        let key: FlowKey
        if text.hasPrefix("frame=") {
            let parts = text.dropFirst(6).split(separator: ",in_port=", maxSplits: 1)
            guard parts.count == 2, let port = resolver(bridge)(String(parts[1])) ?? UInt32(parts[1]).map({ PortNumber(rawValue: $0) }) else {
                throw ApusError(.invalidArgument, "a frame needs the port that it comes in by", hint: "frame=HEX,in_port=PORT")
            }
            guard let bytes = Self.bytes(hexadecimal: parts[0]) else { throw ApusError(.invalidArgument, "\"\(parts[0])\" is no frame in hexadecimal digits") }
            key = FlowKey(parsing: bytes.span, inPort: port.rawValue)
        } else {
            key = try VirtualSwitch.packet(parsing: text, ports: resolver(bridge))
        }
        guard let port = ports[key.inPort], port.settings.bridge == bridge.name else {
            throw ApusError(.invalidArgument, "a packet comes in by a port of bridge \(bridge.name)", hint: "begin with in_port=PORT")
        }
        return network.trace(key, now: monotonicNanoseconds()).text(ports: namer)
    }

    private static func bytes(hexadecimal text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        if digits.isEmpty || digits.count % 2 != 0 { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// What passed a port, by the datapath.
    func counters(of port: RunningPort) -> PortCounters {
        var counters = PortCounters()
        guard let statistics = try? datapath.statistics(of: port.number) else { return counters }
        (counters.receivedPackets, counters.receivedBytes) = (statistics.receivedPackets, statistics.receivedBytes)
        (counters.sentPackets, counters.sentBytes) = (statistics.sentPackets, statistics.sentBytes)
        counters.dropped = portDrops[port.settings.number] ?? 0
        return counters
    }
}
