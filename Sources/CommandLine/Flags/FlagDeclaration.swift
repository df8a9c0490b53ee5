/// One flag as the parser, help, man pages and completions see it, without the type of its value.
///
/// A class, so that a list of flags holds references and starting a program copies nothing.
public final class FlagDeclaration: Sendable {
    /// The name after the two hyphens.
    public let name: String
    /// The letter after one hyphen.
    public let short: Unicode.Scalar?
    /// What help calls the value (`string`, `bytes`, `list`); nil for a switch.
    public let valueName: String?
    /// Whether every given value counts; otherwise the last one does.
    public let isRepeatable: Bool
    /// The value meant by the flag alone; nil where a value must follow.
    public let implicitValue: String?
    /// The default as help shows it, quoted where it is a text.
    public let defaultText: String?
    /// What the flag does, one sentence without a final stop.
    public let help: String
    /// Whether help leaves the flag out.
    public let isHidden: Bool
    /// Why Apus refuses this flag, if it does.
    public let refusal: String?
    /// What the shell offers as a value.
    public let completion: CompletionKind
    /// Refuses texts that are no value of this flag.
    let check: @Sendable (String) throws(InvalidValue) -> Void

    init(
        name: String, short: Unicode.Scalar? = nil, valueName: String? = nil, isRepeatable: Bool = false, implicitValue: String? = nil,
        defaultText: String? = nil, help: String, hidden: Bool = false, refusal: String? = nil, completion: CompletionKind = .none,
        check: @escaping @Sendable (String) throws(InvalidValue) -> Void = { _ in }
    ) {
        self.name = name
        self.short = short
        self.valueName = valueName
        self.isRepeatable = isRepeatable
        self.implicitValue = implicitValue
        self.defaultText = defaultText
        self.help = help
        self.isHidden = hidden
        self.refusal = refusal
        self.completion = completion
        self.check = check
    }

    /// Whether the flag stands for itself and takes no value from the next argument.
    public var isSelfContained: Bool { implicitValue != nil }

    /// The flag as error messages name it: `-m, --memory` or `--cpus`.
    public var title: String { short.map { "-\($0), --\(name)" } ?? "--\(name)" }
}

/// A flag that Docker knows and Apus refuses with a reason; help does not show it, and it has no value to look up.
public struct RefusedFlag: DeclaredFlag {
    /// What the parser and the reference read.
    public let declaration: FlagDeclaration

    /// Declares the flag; `reason` completes "--name is refused: ".
    public init(_ name: String, short: Unicode.Scalar? = nil, because reason: String) {
        declaration = FlagDeclaration(name: name, short: short, help: reason, hidden: true, refusal: reason)
    }
}
