extension Command {
    /// Mistakes in the tree that types cannot exclude: names used twice on one path, missing texts.
    ///
    /// Empty for a sound tree; for tests.
    public func problems() -> [String] { problems(path: [], inherited: []) }

    private func problems(path: [String], inherited: [FlagDeclaration]) -> [String] {
        let path = path + [name]
        let here = path.joined(separator: " ")
        var found: [String] = []
        if abstract.isEmpty { found.append("\(here): no abstract") }
        if abstract.hasSuffix(".") { found.append("\(here): the abstract ends with a stop") }
        if subcommands.isEmpty && action == nil { found.append("\(here): neither an action nor subcommands") }
        let flags = self.flags
        for (index, flag) in flags.enumerated() {
            if flag.name == "help" { found.append("\(here): --help is always there") }
            if flag.help.isEmpty { found.append("\(here): --\(flag.name) has no help") }
            // A lookup goes by the name alone, so a parent's flag must not have it either.
            for other in flags[..<index] + inherited where other.name == flag.name { found.append("\(here): --\(flag.name) is declared twice") }
            if let short = flag.short, flags[..<index].contains(where: { $0.short == short }) { found.append("\(here): -\(short) is declared twice") }
        }
        var words: Set<String> = []
        for command in subcommands {
            for word in [command.name] + command.aliases where !words.insert(word).inserted { found.append("\(here) \(word): declared twice") }
            found += command.problems(path: path, inherited: inherited + flags)
        }
        return found
    }
}
