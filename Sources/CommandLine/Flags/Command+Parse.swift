extension Command {
    /// Reads a command line, without the program's name, by the tree below this command.
    ///
    /// A parent's flags stand before the name of the subcommand. `help NAME...` and `-h` are understood everywhere unless declared otherwise.
    public func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        try parse(arguments[...], path: [name], values: FlagValues())
    }

    private func parse(_ arguments: ArraySlice<String>, path: [String], values: FlagValues) throws(UsageError) -> Invocation {
        let subcommands = self.subcommands
        var parser = FlagParser(flags: flags, interspersed: interspersed && subcommands.isEmpty, path: path, values: values)
        try parser.parse(arguments)
        if parser.wantsHelp { return .help(self, path: path) }
        if let word = parser.positionals.first, !subcommands.isEmpty {
            let rest = parser.positionals.dropFirst()
            if let command = subcommands.first(where: { $0.answers(to: word) }) {
                return try command.parse(rest, path: path + [command.name], values: parser.values)
            }
            if word == "help" { return try help(for: rest, path: path) }
            throw unknown(word, path: path)
        }
        guard action != nil else { return .help(self, path: path) }
        if let complaint = positionals.complaint(count: parser.positionals.count) {
            throw UsageError(.positionals, "\"\(path.joined(separator: " "))\" \(complaint)", path: path)
        }
        return .run(ParsedCommand(command: self, path: path, positionals: parser.positionals, values: parser.values))
    }

    private func help(for words: ArraySlice<String>, path: [String]) throws(UsageError) -> Invocation {
        guard let word = words.first else { return .help(self, path: path) }
        guard let command = subcommands.first(where: { $0.answers(to: word) }) else { throw unknown(word, path: path) }
        return try command.help(for: words.dropFirst(), path: path + [command.name])
    }

    private func answers(to word: String) -> Bool { name == word || aliases.contains(word) }

    private func unknown(_ word: String, path: [String]) -> UsageError {
        let words = visibleSubcommands.flatMap { [$0.name] + $0.aliases }
        let similar = suggestion(for: word, among: words).map { (path + [$0]).joined(separator: " ") }
        return UsageError(.command, "unknown command: \((path + [word]).joined(separator: " "))", path: path, suggestion: similar)
    }
}
