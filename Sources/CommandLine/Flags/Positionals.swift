/// The positional arguments of a command, read from its usage: `IMAGE [COMMAND] [ARG...]` wants one or more.
public struct Positionals: Sendable, ExpressibleByStringLiteral {
    /// The usage as help shows it.
    public let usage: String
    /// The least number of arguments.
    public private(set) var minimum = 0
    /// The greatest number of arguments; nil where any number may follow.
    public private(set) var maximum: Int? = 0
    /// What the shell offers at each position; the last one goes for all that follow.
    public let completions: [CompletionKind]

    /// Reads the usage: words apart by blanks, optional ones in brackets, `...` for any number.
    public init(_ usage: String, completing completions: CompletionKind...) {
        self.usage = usage
        self.completions = completions
        var last = UInt8(ascii: " ")
        var dots = 0
        for byte in usage.utf8 {
            if last == UInt8(ascii: " "), byte != UInt8(ascii: " ") {
                maximum = maximum.map { $0 + 1 }
                if byte != UInt8(ascii: "[") { minimum += 1 }
            }
            dots = byte == UInt8(ascii: ".") ? dots + 1 : 0
            if dots == 3 { maximum = nil }
            last = byte
        }
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
