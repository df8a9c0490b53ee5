/// One node of the command tree: what help says about it, its flags, its subcommands, and what it does.
///
/// Flags, subcommands and positionals are evaluated only when they are wanted, so a start pays for the command that runs and not for the tree.
public final class Command: Sendable {
    /// The word that calls the command.
    public let name: String
    /// Other words that call it.
    public let aliases: [String]
    /// One line for lists, without a final stop.
    public let abstract: String
    /// Paragraphs for the manual, below the abstract; may be empty.
    public let discussion: String
    /// Whether flags may stand behind positionals; false where the rest belongs to somebody else (`run`, `exec`).
    public let interspersed: Bool
    /// Whether help, manual and completions leave the command out.
    public let isHidden: Bool
    /// The heading below which the parent's help lists this command, such as `Common Commands`; nil for the usual one.
    public let section: String?
    /// What the command does, returning the exit status; nil for a group, whose help is shown instead.
    public let action: (@Sendable (ParsedCommand) throws -> Int32)?

    private let makePositionals: @Sendable () -> Positionals
    private let makeFlags: @Sendable () -> [any DeclaredFlag]
    private let makeSubcommands: @Sendable () -> [Command]

    /// Declares a command.
    public init(
        _ name: String, aliases: [String] = [], abstract: String, discussion: String = "",
        positionals: @autoclosure @escaping @Sendable () -> Positionals = "", interspersed: Bool = true, hidden: Bool = false, section: String? = nil,
        flags: @autoclosure @escaping @Sendable () -> [any DeclaredFlag] = [],
        subcommands: @autoclosure @escaping @Sendable () -> [Command] = [], action: (@Sendable (ParsedCommand) throws -> Int32)? = nil
    ) {
        self.name = name
        self.aliases = aliases
        self.abstract = abstract
        self.discussion = discussion
        self.makePositionals = positionals
        self.interspersed = interspersed
        self.isHidden = hidden
        self.section = section
        self.makeFlags = flags
        self.makeSubcommands = subcommands
        self.action = action
    }

    /// The same command below another name: `apus ps` as `apus container ls`.
    public func renamed(_ name: String, aliases: [String] = []) -> Command {
        Command(
            name, aliases: aliases, abstract: abstract, discussion: discussion, positionals: self.makePositionals(),
            interspersed: interspersed, hidden: isHidden,
            flags: self.makeFlags(), subcommands: self.makeSubcommands(), action: action)
    }

    /// What follows the flags.
    public var positionals: Positionals { makePositionals() }

    /// The flags, in the order of their declaration.
    public var flags: [FlagDeclaration] { makeFlags().map { $0.declaration } }

    /// The subcommands, in the order of their declaration.
    public var subcommands: [Command] { makeSubcommands() }

    /// The flags that help shows, by name.
    public var visibleFlags: [FlagDeclaration] { flags.filter { !$0.isHidden }.sorted { $0.name < $1.name } }

    /// The subcommands that help shows.
    public var visibleSubcommands: [Command] { subcommands.filter { !$0.isHidden } }

    /// Calls `visit` with every visible command and its path, parents first.
    public func walk(_ path: [String] = [], _ visit: ([String], Command) -> Void) {
        let path = path + [name]
        visit(path, self)
        for command in visibleSubcommands { command.walk(path, visit) }
    }
}
