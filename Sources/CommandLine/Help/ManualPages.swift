/// Manual pages in roff, one a command, from a tree: `apus.1`, `apus-run.1`, `apus-container-ls.1`.
public struct ManualPages {
    let root: Command
    let version: String
    let section: Int

    /// Makes a generator; `version` stands at the foot of each page, and `section` is 1 for users' commands and 8 for daemons.
    ///
    /// Pages bear no date, so that building twice gives the same bytes.
    public init(_ root: Command, version: String, section: Int = 1) {
        self.root = root
        self.version = version
        self.section = section
    }

    /// The pages by file name.
    public var pages: [(name: String, text: String)] {
        var pages: [(name: String, text: String)] = []
        root.walk { path, command in pages.append((path.joined(separator: "-") + ".\(section)", page(command, path: path))) }
        return pages
    }

    private func page(_ command: Command, path: [String]) -> String {
        let name = path.joined(separator: "-")
        var text = ".TH \"\(roff(name.uppercased()))\" \(section) \"\" \"\(roff("\(root.name) \(version)"))\" "
        text += section == 1 ? "\"User Commands\"\n" : "\"System Administration\"\n"
        text += ".SH NAME\n\(roff(name)) \\- \(roff(command.abstract))\n"
        text += ".SH SYNOPSIS\n\\fB\(roff(path.joined(separator: " ")))\\fR \(roff(arguments(command, path: path)))\n"
        if !command.discussion.isEmpty { text += ".SH DESCRIPTION\n\(paragraphs(command.discussion))" }
        if !command.aliases.isEmpty { text += ".SH ALIASES\n\(roff(command.aliases.joined(separator: ", ")))\n" }
        let flags = command.visibleFlags
        if !flags.isEmpty {
            text += ".SH OPTIONS\n"
            for flag in flags {
                let short = flag.short.map { "\\fB\\-\($0)\\fR, " } ?? ""
                let value = flag.synopsis.dropFirst(flag.name.count + 2)
                text += ".TP\n\(short)\\fB\(roff("--\(flag.name)"))\\fR"
                text += value.isEmpty ? "\n" : "\\fI\(roff(String(value)))\\fR\n"
                text += lines(flag.help + flag.defaultNote)
            }
        }
        if !command.visibleSubcommands.isEmpty {
            text += ".SH COMMANDS\n"
            for member in command.visibleSubcommands {
                text += ".TP\n\\fB\(roff("\(name)-\(member.name)"))\\fR(\(section))\n\(roff(member.abstract))\n"
            }
        }
        if path.count > 1 { text += ".SH SEE ALSO\n\\fB\(roff(path.dropLast().joined(separator: "-")))\\fR(\(section))\n" }
        return text
    }

    private func arguments(_ command: Command, path: [String]) -> String {
        String(HelpRenderer(command, path: path).usage.dropFirst(path.joined(separator: " ").count + 1))
    }

    private func paragraphs(_ text: String) -> String {
        text.split(separator: "\n\n").map { ".PP\n\(lines(String($0)))" }.joined()
    }

    /// Lines as they are, each on its own.
    private func lines(_ text: String) -> String { text.split(separator: "\n").map { roff(String($0)) + "\n" }.joined(separator: ".br\n") }

    /// Escapes what roff would take as a request, an escape or a typographic hyphen.
    private func roff(_ text: String) -> String {
        let escaped = text.replacing("\\", "\\e").replacing("-", "\\-").replacing("\"", "\\(dq")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
