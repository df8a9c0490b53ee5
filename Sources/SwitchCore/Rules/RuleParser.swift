public import LinuxSystem

/// The words of a rule that are neither its match nor its actions.
private struct RuleWords {
    var spec = RuleSpec()
    var table: UInt8?
    var cookie: (value: UInt64, mask: UInt64)?
    var outPort: PortNumber?
    var given: Set<Field> = []
    var actions: Substring?

    init(_ text: String, ports: PortResolver) throws(ApusError) {
        let (head, actions) = RuleWords.splitActions(text[...])
        self.actions = actions
        for word in try splitWords(head) {
            if try spec.match.take(Substring(word.name), value: word.value, ports: ports, &given) { continue }
            try take(word.name, word.value, ports)
        }
        try spec.match.checkPrerequisites(given)
    }

    /// "actions=" begins a word and takes all that follows.
    private static func splitActions(_ text: Substring) -> (Substring, Substring?) {
        for name in ["actions=", "action="] {
            for range in text.ranges(of: name) {
                let isWord =
                    range.lowerBound == text.startIndex || text[text.index(before: range.lowerBound)] == ","
                    || text[text.index(before: range.lowerBound)].isWhitespace
                if isWord { return (text[..<range.lowerBound], text[range.upperBound...]) }
            }
        }
        return (text, nil)
    }

    private mutating func take(_ name: String, _ value: Substring?, _ ports: PortResolver) throws(ApusError) {
        func number(_ limit: UInt128) throws(ApusError) -> UInt128 {
            guard let value, let number = parseNumber(value), number <= limit else {
                throw ApusError(.invalidArgument, "\(name) needs a number up to \(limit)" + (value.map { ", not \"\($0)\"" } ?? ""))
            }
            return number
        }
        switch name {
        case "table": table = UInt8(try number(254))
        case "priority": spec.priority = UInt16(try number(0xffff))
        case "idle_timeout": spec.idleTimeout = UInt16(try number(0xffff))
        case "hard_timeout": spec.hardTimeout = UInt16(try number(0xffff))
        case "cookie":
            let parts = (value ?? "").split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let cookie = parseNumber(first), cookie <= UInt64.max else {
                throw ApusError(.invalidArgument, "cookie needs a number of 64 bits" + (value.map { ", not \"\($0)\"" } ?? ""))
            }
            guard parts.count == 1 || parts[1] == "-1" || (parseNumber(parts[1]) ?? .max) <= UInt64.max else {
                throw ApusError(.invalidArgument, "\"\(parts[1])\" is no mask for cookie")
            }
            let mask = parts.count == 1 || parts[1] == "-1" ? UInt64.max : UInt64(parseNumber(parts[1])!)
            self.cookie = (UInt64(cookie) & mask, mask)
        case "out_port":
            guard let value, let port = parseNumber(value).flatMap({ $0 < 0xffff_ff00 ? PortNumber(rawValue: UInt32($0)) : nil }) ?? ports(unquoted(value))
            else {
                throw ApusError(.invalidArgument, "there is no port \"\(value ?? "")\" for out_port")
            }
            outPort = port
        case "send_flow_rem" where value == nil: spec.flags.insert(.sendRemoved)
        case "check_overlap" where value == nil: spec.flags.insert(.checkOverlap)
        case "reset_counts" where value == nil: spec.flags.insert(.resetCounts)
        // What dump-flows prints beside the rule, so that its output can be added again.
        case "duration", "n_packets", "n_bytes", "idle_age", "hard_age":
            guard value != nil else { throw ApusError(.invalidArgument, "\(name) needs a value: \(name)=…") }
        default: throw ApusError(.invalidArgument, "\"\(name)\" is no field and no word of a rule")
        }
    }
}

extension RuleSpec {
    /// Reads a rule in the syntax of `ovs-ofctl add-flow`; an error names the word.
    public init(parsing text: String, ports: @escaping PortResolver) throws(ApusError) {
        let words = try RuleWords(text, ports: ports)
        self = words.spec
        table = words.table ?? 0
        if let cookie = words.cookie {
            guard cookie.mask == ~0 else { throw ApusError(.invalidArgument, "the cookie of a rule has no mask") }
            self.cookie = cookie.value
        }
        if words.outPort != nil { throw ApusError(.invalidArgument, "out_port chooses rules; a rule has it not", hint: "output:PORT is an action") }
        guard let actions = words.actions else { throw ApusError(.invalidArgument, "a rule needs actions: …,actions=…") }
        self.actions = try ActionParser.parse(actions, for: match, ports: ports)
        if case .goto(let next) = self.actions.last, next <= table {
            throw ApusError(.invalidArgument, "goto_table:\(next) does not go forward from table \(table)")
        }
    }
}

extension RuleFilter {
    /// Reads which rules `del-flows` and `dump-flows` are for.
    public init(parsing text: String, strict: Bool = false, ports: PortResolver) throws(ApusError) {
        let words = try RuleWords(text, ports: ports)
        if words.actions != nil { throw ApusError(.invalidArgument, "actions do not choose rules: \"\(text)\"") }
        self.init()
        (table, priority, match) = (words.table, words.spec.priority, words.spec.match)
        (outPort, isStrict) = (words.outPort, strict)
        if let cookie = words.cookie { (self.cookie, cookieMask) = cookie }
    }

    /// Reads what `mod-flows` takes: which rules, and their new actions.
    public static func parseModification(_ text: String, strict: Bool, ports: @escaping PortResolver) throws(ApusError) -> (
        filter: RuleFilter, change: RuleSpec
    ) {
        let words = try RuleWords(text, ports: ports)
        guard let actions = words.actions else { throw ApusError(.invalidArgument, "mod-flows needs actions: …,actions=…") }
        var filter = RuleFilter()
        (filter.table, filter.priority, filter.match) = (words.table, words.spec.priority, words.spec.match)
        (filter.outPort, filter.isStrict) = (words.outPort, strict)
        var change = words.spec
        change.table = words.table ?? 0
        // As in ovs-ofctl: with a mask it chooses rules, without one it is the new cookie.
        if let cookie = words.cookie {
            if cookie.mask == ~0 { change.cookie = cookie.value } else { (filter.cookie, filter.cookieMask) = cookie }
        }
        change.actions = try ActionParser.parse(actions, for: change.match, ports: ports)
        return (filter, change)
    }
}
