/// A flag that can stand in a command's list of flags.
public protocol DeclaredFlag: Sendable {
    /// What the parser, help, man pages and completions read.
    var declaration: FlagDeclaration { get }
}

/// A typed flag: declared once as a static value, listed in a command, and the key with which its value is looked up.
///
/// A flag whose value may be absent has an optional `Value`; one with a default has not. So `parsed[Run.name]` is a `String?`,
/// `parsed[Run.network]` a `String`, `parsed[Run.env]` a `[String]`, and a misspelt flag does not compile.
public struct Flag<Value: Sendable>: DeclaredFlag {
    /// What the parser, help, man pages and completions read.
    public let declaration: FlagDeclaration
    /// Makes the value from all the texts that were given, in order; they have passed `declaration.check`.
    let decode: @Sendable ([String]) -> Value
}

extension Flag where Value == Bool {
    /// A switch: `--rm`, `--rm=false`.
    public static func bool(_ name: String, short: Unicode.Scalar? = nil, default fallback: Bool = false, hidden: Bool = false, help: String) -> Flag {
        let declaration = FlagDeclaration(
            name: name, short: short, implicitValue: "true", defaultText: fallback ? "true" : nil, help: help, hidden: hidden,
            completion: .words(["true", "false"]),
            check: { text throws(InvalidValue) in _ = try parseBool(text) })
        return Flag(declaration: declaration) { texts in texts.last.flatMap { try? parseBool($0) } ?? fallback }
    }
}

extension Flag where Value == String? {
    /// A text that may be absent.
    ///
    /// With an `implicitValue` the flag may stand alone: `--explain` or `--explain=timing`.
    public static func string(
        _ name: String, short: Unicode.Scalar? = nil, value: String = "string", implicitValue: String? = nil, completing: CompletionKind = .none,
        hidden: Bool = false, help: String
    ) -> Flag {
        let declaration = FlagDeclaration(
            name: name, short: short, valueName: value, implicitValue: implicitValue, help: help, hidden: hidden, completion: completing)
        return Flag(declaration: declaration) { $0.last }
    }
}

extension Flag where Value == String {
    /// A text with a default, which help shows.
    public static func string(
        _ name: String, short: Unicode.Scalar? = nil, value: String = "string", default fallback: String, completing: CompletionKind = .none,
        hidden: Bool = false, help: String
    ) -> Flag {
        let declaration = FlagDeclaration(
            name: name, short: short, valueName: value, defaultText: "\"\(fallback)\"", help: help, hidden: hidden, completion: completing)
        return Flag(declaration: declaration) { $0.last ?? fallback }
    }
}

extension Flag where Value == [String] {
    /// A flag that may be given many times: `-e A=1 -e B=2`.
    ///
    /// Values are not split at commas.
    public static func list(
        _ name: String, short: Unicode.Scalar? = nil, value: String = "list", completing: CompletionKind = .none, hidden: Bool = false, help: String
    ) -> Flag {
        let declaration = FlagDeclaration(
            name: name, short: short, valueName: value, isRepeatable: true, help: help, hidden: hidden, completion: completing)
        return Flag(declaration: declaration) { $0 }
    }
}

extension Flag where Value == Int? {
    /// A whole number that may be absent; decimal, or hexadecimal, octal and binary with their prefixes as in Go.
    public static func int(_ name: String, short: Unicode.Scalar? = nil, value: String = "int", hidden: Bool = false, help: String) -> Flag {
        .value(name, short: short, value: value, hidden: hidden, help: help, parse: parseInteger)
    }
}

extension Flag where Value == Int {
    /// A whole number with a default, which help shows unless it is 0.
    public static func int(
        _ name: String, short: Unicode.Scalar? = nil, value: String = "int", default fallback: Int, hidden: Bool = false, help: String
    ) -> Flag {
        .value(
            name, short: short, value: value, default: fallback, defaultText: fallback == 0 ? nil : String(fallback), hidden: hidden, help: help,
            parse: parseInteger)
    }
}

extension Flag {
    /// A value of a type of the caller's that may be absent; a text that `parse` refuses is a usage error at once.
    public static func value<Wrapped: Sendable>(
        _ name: String, short: Unicode.Scalar? = nil, value: String, completing: CompletionKind = .none, hidden: Bool = false, help: String,
        parse: @escaping @Sendable (String) throws(InvalidValue) -> Wrapped
    ) -> Flag where Value == Wrapped? {
        let declaration = FlagDeclaration(
            name: name, short: short, valueName: value, help: help, hidden: hidden, completion: completing,
            check: { text throws(InvalidValue) in _ = try parse(text) })
        return Flag(declaration: declaration) { texts in texts.last.flatMap { try? parse($0) } }
    }

    /// A value of a type of the caller's with a default, shown in help as `defaultText`.
    public static func value(
        _ name: String, short: Unicode.Scalar? = nil, value: String, default fallback: Value, defaultText: String? = nil, completing: CompletionKind = .none,
        hidden: Bool = false, help: String, parse: @escaping @Sendable (String) throws(InvalidValue) -> Value
    ) -> Flag {
        let declaration = FlagDeclaration(
            name: name, short: short, valueName: value, defaultText: defaultText, help: help, hidden: hidden, completion: completing,
            check: { text throws(InvalidValue) in _ = try parse(text) })
        return Flag(declaration: declaration) { texts in texts.last.flatMap { try? parse($0) } ?? fallback }
    }

    /// Values of a type of the caller's; the flag may be given many times.
    public static func values<Element: Sendable>(
        _ name: String, short: Unicode.Scalar? = nil, value: String = "list", completing: CompletionKind = .none, hidden: Bool = false, help: String,
        parse: @escaping @Sendable (String) throws(InvalidValue) -> Element
    ) -> Flag where Value == [Element] {
        let declaration = FlagDeclaration(
            name: name, short: short, valueName: value, isRepeatable: true, help: help, hidden: hidden, completion: completing,
            check: { text throws(InvalidValue) in _ = try parse(text) })
        return Flag(declaration: declaration) { texts in texts.compactMap { try? parse($0) } }
    }
}
