/// What completion scripts know of a tree: one entry a command, those of hidden commands left out.
struct CompletionModel {
    struct Entry {
        /// The path, `apus container ls`.
        let path: String
        let command: Command
        /// Flags that may be typed; `--help` is added.
        let flags: [FlagDeclaration]
        let subcommands: [Command]
    }

    let program: String
    let entries: [Entry]

    init(_ root: Command) {
        program = root.name
        var entries: [Entry] = []
        root.walk { path, command in
            let help = FlagDeclaration(name: "help", implicitValue: "true", help: "Print this command's help")
            entries.append(
                Entry(path: path.joined(separator: " "), command: command, flags: command.visibleFlags + [help], subcommands: command.visibleSubcommands))
        }
        self.entries = entries
    }

    /// The kinds of values in a form that a shell can split: `container`, `@file`, `@directory`, `=a b c`, or empty for nothing.
    static func kind(_ kind: CompletionKind) -> String {
        switch kind {
        case .none: ""
        case .file: "@file"
        case .directory: "@directory"
        case .words(let words): "=" + words.joined(separator: " ")
        case .objects(let name): name
        }
    }

    /// A text between single quotes for bash, zsh and fish alike.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", "'\\''") + "'" }
}

extension CompletionModel.Entry {
    /// Every spelling of every flag that takes a value from the next word, with what completes it.
    var valueFlags: [(words: [String], kind: CompletionKind)] {
        flags.filter { !$0.isSelfContained }.map { flag in (["--\(flag.name)"] + (flag.short.map { ["-\($0)"] } ?? []), flag.completion) }
    }

    /// Every word that calls a subcommand, with the path it leads to.
    var descents: [(words: [String], path: String)] { subcommands.map { ([$0.name] + $0.aliases, "\(path) \($0.name)") } }
}
