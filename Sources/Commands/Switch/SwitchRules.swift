import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch dump-flows`, `add-flow`, `add-flows`, `mod-flows`, `del-flows`, `replace-flows`: a bridge's rules in the syntax of ovs-ofctl.
enum SwitchRules {
    static let strict = Flag.bool("strict", help: "Only the rule with exactly this match and priority")
    static let stats = Flag.bool("stats", default: true, help: "Show counters and ages")

    static let dump = Command(
        "dump-flows", abstract: "Show the rules of a bridge", positionals: Positionals("BRIDGE [MATCH]", completing: SwitchGroup.bridge),
        flags: [stats, OutputFlags.format],
        action: { parsed in
            let words = parsed.positionals
            let rules = try SwitchGroup.look(parsed).rules(of: words[0], matching: words.count == 2 ? words[1] : "")
            if let format = parsed[OutputFlags.format] {
                output(try inspection(rules.map(value), format: format))
            } else {
                output(rules.map { line($0, hasStats: parsed[stats]) }.joined(separator: "\n"))
            }
            return 0
        })

    static let add = Command(
        "add-flow", abstract: "Add a rule to a bridge, or replace the one with the same match and priority",
        positionals: Positionals("BRIDGE RULE [RULE...]", completing: SwitchGroup.bridge),
        action: { parsed in
            try SwitchGroup.look(parsed).change(.addRules(bridge: parsed.positionals[0], Array(parsed.positionals.dropFirst())))
            return 0
        })

    static let addFile = Command(
        "add-flows", abstract: "Add the rules of a file, all or none; - is stdin",
        positionals: Positionals("BRIDGE FILE", completing: SwitchGroup.bridge, .file),
        action: { parsed in
            try SwitchGroup.look(parsed).change(.addRules(bridge: parsed.positionals[0], lines(parsed.positionals[1])))
            return 0
        })

    static let replace = Command(
        "replace-flows", abstract: "Make the rules of a file the bridge's rules, in one step; - is stdin",
        positionals: Positionals("BRIDGE FILE", completing: SwitchGroup.bridge, .file),
        action: { parsed in
            try SwitchGroup.look(parsed).change(.replaceRules(bridge: parsed.positionals[0], lines(parsed.positionals[1])))
            return 0
        })

    static let modify = Command(
        "mod-flows", abstract: "Give the matching rules of a bridge new actions", positionals: Positionals("BRIDGE RULE", completing: SwitchGroup.bridge),
        flags: [strict],
        action: { parsed in
            try SwitchGroup.look(parsed).change(.modifyRules(bridge: parsed.positionals[0], [parsed.positionals[1]], isStrict: parsed[strict]))
            return 0
        })

    static let remove = Command(
        "del-flows", abstract: "Remove the matching rules of a bridge, or all", positionals: Positionals("BRIDGE [MATCH]", completing: SwitchGroup.bridge),
        flags: [strict],
        action: { parsed in
            let words = parsed.positionals
            if parsed[strict] && words.count == 1 { throw ApusError(.invalidArgument, "--strict needs a match") }
            try SwitchGroup.look(parsed).change(.removeRules(bridge: words[0], [words.count == 2 ? words[1] : ""], isStrict: parsed[strict]))
            return 0
        })

    /// The rules of a file: one a line, without empty lines and comments.
    private static func lines(_ path: String) throws(ApusError) -> [String] {
        let bytes = try path == "-" ? readAll(OwnedFD(adopting: 0).duplicate(), limit: 128 << 20, name: "stdin") : readFile(path, limit: 128 << 20)
        return bytes.split(separator: 10).compactMap { line in
            let rule = line.prefix { $0 != UInt8(ascii: "#") }.drop { $0 == 0x20 || $0 == 9 }
            return rule.isEmpty || rule.allSatisfy({ $0 == 0x20 || $0 == 9 || $0 == 13 }) ? nil : String(decoding: rule, as: UTF8.self)
        }
    }

    /// As `ovs-ofctl dump-flows` writes it.
    static func line(_ rule: RuleReport, hasStats: Bool) -> String {
        var words = ["cookie=0x\(String(rule.cookie, radix: 16))"]
        if hasStats { words.append("duration=\(seconds(rule.age))") }
        words.append("table=\(rule.table)")
        if hasStats { words += ["n_packets=\(rule.packets)", "n_bytes=\(rule.bytes)"] }
        if rule.idleTimeout != 0 { words.append("idle_timeout=\(rule.idleTimeout)") }
        if rule.hardTimeout != 0 { words.append("hard_timeout=\(rule.hardTimeout)") }
        if hasStats { words.append("idle_age=\(rule.idle / 1000)") }
        let head = rule.match.isEmpty ? "priority=\(rule.priority)" : "priority=\(rule.priority),\(rule.match)"
        return " " + words.joined(separator: ", ") + ", \(head) actions=\(rule.actions)"
    }

    private static func seconds(_ milliseconds: UInt64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)s"
    }

    private static func value(_ rule: RuleReport) -> Value {
        .object([
            ("table", .int(Int(rule.table))), ("priority", .int(Int(rule.priority))), ("cookie", .int(Int(truncatingIfNeeded: rule.cookie))),
            ("match", .string(rule.match)), ("actions", .string(rule.actions)), ("packets", .int(Int(clamping: rule.packets))),
            ("bytes", .int(Int(clamping: rule.bytes))), ("age", .double(Double(rule.age) / 1000)), ("idle", .double(Double(rule.idle) / 1000)),
            ("idleTimeout", .int(Int(rule.idleTimeout))), ("hardTimeout", .int(Int(rule.hardTimeout))),
        ])
    }
}
