/// The Markdown reference of a whole tree, as `docs/commands.md` holds it.
public struct Reference {
    let root: Command

    /// Makes a generator for the tree below `root`.
    public init(_ root: Command) { self.root = root }

    /// The page: a table of the commands, then one chapter each with all its flags, those refused included.
    public var text: String {
        var index = "| command | what it does |\n|---|---|\n"
        var chapters = ""
        root.walk { path, command in
            let title = path.joined(separator: " ")
            index += "| [`\(title)`](#\(title.lowercased().replacing(" ", "-"))) | \(cell(command.abstract)) |\n"
            chapters += chapter(command, path: path, title: title)
        }
        return "# Commands of \(root.name)\n\nMade from the command tree; do not edit.\n\n\(index)\(chapters)"
    }

    private func chapter(_ command: Command, path: [String], title: String) -> String {
        var text = "\n## \(title)\n\n\(command.abstract).\n\n"
        text += "    \(HelpRenderer(command, path: path).usage)\n"
        if !command.aliases.isEmpty { text += "\nAliases: \(command.aliases.map { "`\($0)`" }.joined(separator: ", "))\n" }
        if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
        let flags = command.visibleFlags
        if !flags.isEmpty {
            text += "\n| option | default | meaning |\n|---|---|---|\n"
            for flag in flags {
                let short = flag.short.map { "`-\($0)`, " } ?? ""
                text += "| \(short)`\(cell(flag.synopsis))` | \(flag.defaultText.map { "`\(cell($0))`" } ?? "") | \(cell(flag.help)) |\n"
            }
        }
        let refused = command.flags.filter { $0.refusal != nil }.sorted { $0.name < $1.name }
        if !refused.isEmpty {
            text += "\nRefused, with the reason:\n\n"
            for flag in refused { text += "- `--\(flag.name)`: \(flag.help)\n" }
        }
        return text
    }

    private func cell(_ text: String) -> String { text.replacing("|", "\\|").replacing("\n", "<br>") }
}
