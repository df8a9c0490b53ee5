internal import LinuxSystem
internal import PacketCore

/// Reads the list of actions of a rule, in the syntax of ovs-actions(7).
struct ActionParser {
    let ports: PortResolver
    /// What the packets are; changed by pushing and popping of tags, on which later actions rely.
    private var match: Match
    private(set) var actions: [Action] = []

    static func parse(_ text: Substring, for match: Match, ports: @escaping PortResolver) throws(ApusError) -> [Action] {
        var parser = ActionParser(ports: ports, match: match)
        return try parser.parse(text)
    }

    private init(ports: @escaping PortResolver, match: Match) {
        self.ports = ports
        self.match = match
    }

    private mutating func parse(_ text: Substring) throws(ApusError) -> [Action] {
        let words = try splitWords(text)
        guard !words.isEmpty else { throw ApusError(.invalidArgument, "a rule needs actions", hint: "actions=drop drops") }
        for (index, word) in words.enumerated() {
            if word.name == "drop" {
                guard words.count == 1, word.value == nil else { throw ApusError(.invalidArgument, "drop stands alone") }
                return []
            }
            if case .goto = actions.last {
                throw ApusError(.invalidArgument, "\"\(word.name)\" stands behind goto_table", hint: "goto_table is the last action")
            }
            guard index < 256 else { throw ApusError(.invalidArgument, "a rule has at most 256 actions") }
            let before = actions.count
            if try parseOutput(word.name, word.value) { continue }
            if try parseChange(word.name, word.value) { continue }
            if try parseSteering(word.name, word.value) { continue }
            guard actions.count == before, word.value == nil, let port = port(Substring(word.name)) else {
                let isKnown = ["enqueue", "group", "learn", "ct", "conjunction", "write_actions", "clear_actions", "apply_actions", "bundle", "clone"].contains(
                    word.name)
                throw ApusError(
                    isKnown ? .notSupported : .invalidArgument,
                    isKnown ? "the action \(word.name) is not supported" : "\"\(word.name)\" is no action and no port's name")
            }
            actions.append(.output(port))
        }
        return actions
    }

    func port(_ text: Substring) -> PortNumber? {
        if let number = parseNumber(text) { return number > 0 && number < 0xffff_ff00 ? PortNumber(rawValue: UInt32(number)) : nil }
        return ports(unquoted(text))
    }

    func needPort(_ text: Substring?, of name: String) throws(ApusError) -> PortNumber {
        guard let text, !text.isEmpty else { throw ApusError(.invalidArgument, "\(name) needs a port: \(name):PORT") }
        guard let port = port(text) else { throw ApusError(.invalidArgument, "there is no port \"\(text)\" for \(name)") }
        return port
    }

    func needNumber(_ text: Substring?, upTo limit: UInt128, of name: String) throws(ApusError) -> UInt128 {
        guard let text, let number = parseNumber(text), number <= limit else {
            throw ApusError(.invalidArgument, "\(name) needs a number up to \(limit)" + (text.map { ", not \"\($0)\"" } ?? ""))
        }
        return number
    }

    func refuseValue(_ value: Substring?, of name: String) throws(ApusError) {
        if let value { throw ApusError(.invalidArgument, "\(name) takes no value: \"\(value)\"") }
    }

    mutating func append(_ action: Action) { actions.append(action) }

    mutating func changeMatch(_ body: (inout Match) -> Void) { body(&match) }

    /// An action on a field needs what a match on it needs.
    func need(_ field: Field, in word: String) throws(ApusError) {
        let needs = field.info.needs
        if needs.isEmpty || needs.contains(where: { $0.isMet(by: match) }) { return }
        throw ApusError(.invalidArgument, "\(word) needs more in the match", hint: "add \(needs.map(\.words).joined(separator: ", or "))")
    }
}

/// Words between commas and blanks; "name", "name:value" or "name(value)"; commas within brackets do not count.
func splitWords(_ text: Substring) throws(ApusError) -> [(name: String, value: Substring?)] {
    var words: [(name: String, value: Substring?)] = []
    var rest = text.drop { $0 == "," || $0.isWhitespace }
    while !rest.isEmpty {
        var depth = 0
        var isQuoted = false
        let end =
            rest.indices.first { index in
                let character = rest[index]
                if character == "\"" { isQuoted.toggle() }
                if isQuoted { return false }
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth <= 0 && (character == "," || character.isWhitespace)
            } ?? rest.endIndex
        let word = rest[..<end]
        guard depth == 0, !isQuoted else { throw ApusError(.invalidArgument, "brackets or quotes do not close in \"\(word)\"") }
        words.append(splitWord(word))
        rest = rest[end...].drop { $0 == "," || $0.isWhitespace }
    }
    return words
}

private func splitWord(_ word: Substring) -> (name: String, value: Substring?) {
    if word.first == "\"" { return (String(word), nil) }
    guard let split = word.firstIndex(where: { $0 == ":" || $0 == "=" || $0 == "(" }) else { return (String(word), nil) }
    let value = word[word.index(after: split)...]
    return (String(word[..<split]), word[split] == "(" && value.last == ")" ? value.dropLast() : value)
}
