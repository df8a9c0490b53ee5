/// The positional arguments of a command, read from its usage: `IMAGE [COMMAND] [ARG...]` wants one or more.
public struct Positionals: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The usage as help shows it.
    public let usage: String
    /// The least number of arguments.
    public let minimum: Int
    /// The greatest number of arguments; nil where any number may follow.
    public let maximum: Int?
    /// What the shell offers at each position; the last one goes for all that follow.
    public let completions: [CompletionKind]

    /// Reads the usage: words apart by blanks, optional ones in brackets, `...` for any number.
    public init(_ usage: String, completing completions: CompletionKind...) {
        self.usage = usage
        self.completions = completions
        var minimum = 0
        var maximum: Int? = 0
        for word in usage.split(separator: " ") {
            if !word.hasPrefix("[") { minimum += 1 }
            maximum = word.contains("...") ? nil : maximum.map { $0 + 1 }
        }
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Reads the usage; the shell offers nothing.
    public init(stringLiteral usage: String) { self.init(usage) }

    /// What is wrong with `count` arguments, as the end of `"apus run" requires …`.
    func complaint(count: Int) -> String? {
        if count >= minimum && count <= maximum ?? Int.max { return nil }
        func arguments(_ count: Int) -> String { "\(count) argument\(count == 1 ? "" : "s")" }
        return switch maximum {
        case nil: "requires at least \(arguments(minimum))"
        case 0?: "accepts no arguments"
        case minimum?: "requires \(arguments(minimum))"
        case let maximum?: minimum == 0 ? "accepts at most \(arguments(maximum))" : "requires at least \(minimum) and at most \(arguments(maximum))"
        }
    }
}
