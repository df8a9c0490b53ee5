import LinuxSystem

/// The words of an instruction: quotes, escapes and `$NAME` as Dockerfiles have them.
struct DockerfileWords {
    /// `NAME=value`.
    let environment: [String]

    /// The text as one word.
    func expand(_ text: String) throws(ApusError) -> String { try read(text, splits: false).joined() }

    /// The words, apart by white space.
    func split(_ text: String) throws(ApusError) -> [String] { try read(text, splits: true) }

    private func read(_ text: String, splits: Bool) throws(ApusError) -> [String] {
        var words = [String]()
        var word: String?
        var quote: Character?
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "'" where quote == nil, "\"" where quote == nil:
                quote = character
                word = word ?? ""
            case quote: quote = nil
            case "\\" where quote != "'":
                guard let next = rest.popFirst() else { throw ApusError(.invalidArgument, "it ends in a backslash") }
                // Between double quotes a backslash is itself unless what follows means something there.
                if quote == "\"", !["\"", "$", "\\"].contains(next) { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(next)
            case "$" where quote != "'": word = (word ?? "") + (try variable(&rest))
            default:
                if splits, quote == nil, character.isWhitespace {
                    if let done = word { words.append(done) }
                    word = nil
                } else {
                    word = (word ?? "") + String(character)
                }
            }
        }
        if let quote { throw ApusError(.invalidArgument, "unexpected end of statement while looking for matching \(quote)") }
        if let word { words.append(word) }
        return words
    }

    /// The value of what follows a dollar sign: `NAME`, `{NAME}`, `{NAME:-default}`, `{NAME:+other}`.
    private func variable(_ rest: inout Substring) throws(ApusError) -> String {
        func isName(_ character: Character) -> Bool { character == "_" || character.isASCII && (character.isLetter || character.isNumber) }
        guard rest.first == "{" else {
            let name = rest.prefix(while: isName)
            rest = rest.dropFirst(name.count)
            return name.isEmpty ? "$" : value(name) ?? ""
        }
        guard let end = rest.firstIndex(of: "}") else { throw ApusError(.invalidArgument, "a \"}\" is missing") }
        let inside = rest[..<end].dropFirst()
        rest = rest[end...].dropFirst()
        let name = inside.prefix(while: isName)
        let modifier = inside.dropFirst(name.count)
        let present = value(name).flatMap { $0.isEmpty ? nil : $0 }
        switch modifier.prefix(2) {
        case "" where !name.isEmpty: return value(name) ?? ""
        case ":-":
            if let present { return present }
            return try expand(String(modifier.dropFirst(2)))
        case ":+": return present == nil ? "" : try expand(String(modifier.dropFirst(2)))
        default: throw ApusError(.invalidArgument, "unsupported modifier in ${\(inside)}")
        }
    }

    private func value(_ name: Substring) -> String? {
        environment.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
