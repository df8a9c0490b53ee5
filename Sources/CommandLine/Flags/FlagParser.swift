/// The grammar of one command's flags, that of Go's pflag as Docker uses it.
///
/// `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, switches grouped as in `-itd`, where the last letter may take a value; `--` ends the flags.
/// Whatever follows a flag that wants a value is the value, a hyphen in front notwithstanding.
struct FlagParser {
    let flags: [FlagDeclaration]
    let interspersed: Bool
    let path: [String]
    var values: FlagValues
    var positionals: [String] = []
    var wantsHelp = false

    /// Reads all arguments, or those up to the first `--help`.
    mutating func parse(_ arguments: ArraySlice<String>) throws(UsageError) {
        var rest = arguments
        while !wantsHelp, let argument = rest.popFirst() {
            if argument == "--" {
                positionals += rest
                return
            } else if argument.utf8.starts(with: "--".utf8) {
                try parseLong(argument, &rest)
            } else if argument.utf8.first == UInt8(ascii: "-") && argument.utf8.count > 1 {
                try parseShort(argument.unicodeScalars.dropFirst(), &rest)
            } else {
                positionals.append(argument)
                if !interspersed {
                    positionals += rest
                    return
                }
            }
        }
    }

    private mutating func parseLong(_ argument: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let body = Substring(argument.utf8.dropFirst(2))
        if body.hasPrefix("-") || body.hasPrefix("=") { throw error("bad flag syntax: \(argument)") }
        let equals = body.utf8.firstIndex(of: UInt8(ascii: "="))
        let name = String(body[..<(equals ?? body.endIndex)])
        let given = equals.map { String(body[body.utf8.index(after: $0)...]) }
        guard let flag = flags.first(where: { $0.name == name }) else {
            if name == "help" { return try setHelp(given) }
            let similar = suggestion(for: name, among: flags.filter { !$0.isHidden }.map(\.name)).map { "--\($0)" }
            throw UsageError(.flag, "unknown flag: --\(name)", path: path, suggestion: similar)
        }
        if let text = given ?? flag.implicitValue {
            try set(flag, text)
        } else {
            try set(flag, try next(&rest, wantedBy: flag) { "--\(name)" })
        }
    }

    private mutating func parseShort(_ letters: Substring.UnicodeScalarView, _ rest: inout ArraySlice<String>) throws(UsageError) {
        var letters = letters
        while let letter = letters.first {
            let group = Substring(letters)
            letters = letters.dropFirst()
            guard let flag = flags.first(where: { $0.short == letter }) else {
                if letter == "h" { return wantsHelp = true }
                throw error("unknown shorthand flag: '\(letter)' in -\(group)")
            }
            if letters.first == "=" && letters.count > 1 {
                return try set(flag, String(letters.dropFirst()))
            } else if let implicit = flag.implicitValue {
                try set(flag, implicit)
            } else if !letters.isEmpty {
                return try set(flag, String(letters))
            } else {
                try set(flag, try next(&rest, wantedBy: flag) { "'\(letter)' in -\(group)" })
            }
        }
    }

    /// A refused flag asks for no value: its reason is the better message.
    private func next(_ rest: inout ArraySlice<String>, wantedBy flag: FlagDeclaration, _ title: () -> String) throws(UsageError) -> String {
        if flag.refusal != nil { return "" }
        guard let value = rest.popFirst() else { throw error("flag needs an argument: \(title())") }
        return value
    }

    private mutating func set(_ flag: FlagDeclaration, _ text: String) throws(UsageError) {
        if let reason = flag.refusal { throw UsageError(.refused, "--\(flag.name) is refused: \(reason)", path: path) }
        do throws(InvalidValue) {
            try flag.check(text)
        } catch {
            throw self.error("invalid argument \(goQuoted(text)) for \"\(flag.title)\" flag: \(error.reason)")
        }
        values.add(text, for: flag)
    }

    private mutating func setHelp(_ text: String?) throws(UsageError) {
        do throws(InvalidValue) {
            wantsHelp = try parseBool(text ?? "true")
        } catch {
            throw self.error("invalid argument \"\(text ?? "")\" for \"-h, --help\" flag: \(error.reason)")
        }
    }

    private func error(_ message: String) -> UsageError { UsageError(.flag, message, path: path) }
}
