/// The text of `--help` in Docker's layout; lines are as long as their texts, whatever the terminal.
public struct HelpRenderer {
    let command: Command
    let path: [String]

    /// Makes a renderer for the command at `path`.
    public init(_ command: Command, path: [String]) {
        self.command = command
        self.path = path
    }

    /// The whole help, ending with a newline.
    public var text: String {
        let flags = command.visibleFlags
        let commands = command.visibleSubcommands
        let title = path.joined(separator: " ")
        var text = "Usage:  \(usage)\n\n\(command.abstract)\n"
        if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
        if !command.aliases.isEmpty {
            let parent = path.dropLast().joined(separator: " ")
            let names = [command.name] + command.aliases
            text += "\nAliases:\n  \(names.map { parent.isEmpty ? $0 : "\(parent) \($0)" }.joined(separator: ", "))\n"
        }
        for (heading, members) in sections(commands) {
            text += "\n\(heading):\n"
            // Docker's columns: names are padded to the longest one, to 11 at least.
            let width = max(11, commands.map(\.name.count).max() ?? 0)
            for member in members { text += "  \(padded(member.name, width)) \(member.abstract)\n" }
        }
        if !flags.isEmpty { text += "\n\(commands.isEmpty ? "Options" : "Global Options"):\n" + optionLines(flags) }
        if !commands.isEmpty { text += "\nRun '\(title) COMMAND --help' for more information on a command.\n" }
        return text
    }

    /// The usage line: `apus run [OPTIONS] IMAGE [COMMAND] [ARG...]`.
    public var usage: String {
        var words = path
        if !command.visibleFlags.isEmpty { words.append("[OPTIONS]") }
        if !command.subcommands.isEmpty { words.append("COMMAND") }
        if !command.positionals.usage.isEmpty { words.append(command.positionals.usage) }
        return words.joined(separator: " ")
    }

    /// The subcommands below their headings: named sections as they come, then groups, then the rest.
    func sections(_ commands: [Command]) -> [(heading: String, members: [Command])] {
        var sections: [(heading: String, members: [Command])] = []
        func add(_ command: Command, _ heading: String) {
            if let index = sections.firstIndex(where: { $0.heading == heading }) {
                sections[index].members.append(command)
            } else {
                sections.append((heading, [command]))
            }
        }
        for command in commands { if let section = command.section { add(command, section) } }
        for command in commands where command.section == nil && !command.subcommands.isEmpty { add(command, "Management Commands") }
        for command in commands where command.section == nil && command.subcommands.isEmpty { add(command, "Commands") }
        return sections
    }

    private func optionLines(_ flags: [FlagDeclaration]) -> String {
        let heads = flags.map { flag in
            (flag.short.map { "  -\($0), " } ?? "      ") + flag.synopsis
        }
        let width = heads.map(\.count).max() ?? 0
        var lines = ""
        for (flag, head) in zip(flags, heads) {
            let help = (flag.help + flag.defaultNote).split(separator: "\n", omittingEmptySubsequences: false)
            let indent = "\n" + String(repeating: " ", count: width + 3)
            lines += "\(padded(head, width))   \(help.joined(separator: indent))\n"
        }
        return lines
    }
}

extension FlagDeclaration {
    /// Name and value: `--name string`, `--explain[=string]`, `--rm`.
    var synopsis: String {
        guard let valueName else { return "--\(name)" }
        return implicitValue == nil ? "--\(name) \(valueName)" : "--\(name)[=\(valueName)]"
    }

    /// ` (default 10)`, or nothing.
    var defaultNote: String { defaultText.map { " (default \($0))" } ?? "" }
}
