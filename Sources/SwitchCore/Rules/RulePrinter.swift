extension RuleSpec {
    /// One line that parses to the same rule.
    public func text(ports: PortNamer = { _ in nil }) -> String {
        var words: [String] = []
        if cookie != 0 { words.append("cookie=0x" + String(cookie, radix: 16)) }
        if table != 0 { words.append("table=\(table)") }
        return (words + [body(ports)]).joined(separator: ",")
    }

    /// From the timeouts on.
    func body(_ ports: PortNamer) -> String {
        var words: [String] = []
        if idleTimeout != 0 { words.append("idle_timeout=\(idleTimeout)") }
        if hardTimeout != 0 { words.append("hard_timeout=\(hardTimeout)") }
        if flags.contains(.sendRemoved) { words.append("send_flow_rem") }
        if flags.contains(.checkOverlap) { words.append("check_overlap") }
        if flags.contains(.resetCounts) { words.append("reset_counts") }
        if priority != 32768 { words.append("priority=\(priority)") }
        let match = match.text(ports: ports)
        if !match.isEmpty { words.append(match) }
        return words.joined(separator: ",") + (words.isEmpty ? "" : " ") + "actions=" + actionsText(ports: ports)
    }

    /// The actions between commas.
    public func actionsText(ports: PortNamer = { _ in nil }) -> String {
        actions.isEmpty ? "drop" : actions.map { $0.text(ports: ports) }.joined(separator: ",")
    }
}
