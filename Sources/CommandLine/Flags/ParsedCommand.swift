/// What the user typed, read by the tree: the command, its positionals, and the values of its flags and its parents' flags.
public struct ParsedCommand: Sendable {
    /// The command.
    public let command: Command
    /// The names from the program to the command, aliases resolved: `["apus", "run"]`.
    public let path: [String]
    /// The arguments that are no flags.
    public let positionals: [String]
    let values: FlagValues

    /// The value of a flag, or its default.
    ///
    /// A flag that the command does not have was never set.
    public subscript<Value>(_ flag: Flag<Value>) -> Value { flag.decode(values[flag.declaration.name] ?? []) }

    /// Whether the user gave the flag.
    public func isSet(_ flag: some DeclaredFlag) -> Bool { values[flag.declaration.name] != nil }

    /// The texts given for a flag, in order.
    public func texts(_ flag: some DeclaredFlag) -> [String] { values[flag.declaration.name] ?? [] }
}

/// What to do with a command line.
public enum Invocation: Sendable {
    /// Run the command; its `action` is not nil.
    case run(ParsedCommand)
    /// Show the help of this command, whose names from the program on are `path`.
    case help(Command, path: [String])
}
