/// A command line that the tree does not allow, as one line: `unknown flag: --foo; see 'apus run --help'`.
public struct UsageError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The class of the mistake, for exit codes: Docker exits with 125 for a flag and with 1 for the others.
    public enum Kind: Sendable, Equatable {
        /// An unknown flag, a missing or a bad value.
        case flag
        /// A flag that Apus refuses with a reason.
        case refused
        /// Too few or too many positionals.
        case positionals
        /// An unknown command.
        case command
    }

    /// The class of the mistake.
    public let kind: Kind
    /// What is wrong.
    public let message: String
    /// Where to look, or what may have been meant.
    public let hint: String
    /// The names from the program to the command that refused.
    public let path: [String]

    /// Makes an error whose hint leads to the command's help, with a suggestion where there is one.
    public init(_ kind: Kind, _ message: String, path: [String], suggestion: String? = nil) {
        self.kind = kind
        self.message = oneLine(message)
        self.path = path
        let help = "see '\(path.joined(separator: " ")) --help'"
        hint = suggestion.map { "did you mean '\($0)'? \(help)" } ?? help
    }

    /// Message and hint in one line.
    public var description: String { "\(message); \(hint)" }
}
