import CommandLine

/// The text of `-h` in the layout of runc, by whose sections tools find their way.
struct RuntimeHelp {
    let command: Command
    let path: [String]

    init(_ command: Command, path: [String]) {
        self.command = command
        self.path = path
    }

    /// The whole help, ending with a newline.
    var text: String {
        let renderer = HelpRenderer(command, path: path)
        // What follows the usage, in the layout of `apus`.
        let rest = renderer.text.split(separator: "\n\n", maxSplits: 1).dropFirst().joined()
        return "NAME:\n   \(title) - \(command.abstract)\n\nUSAGE:\n   \(renderer.usage)\n\n\(rest)"
    }

    /// Which command of runc this one stands for: who looks for it finds it.
    private var title: String {
        let name = ([RuntimeProgram.name] + path.dropFirst()).joined(separator: " ")
        return RuntimeProgram.name == "runc" ? name : "\(name), in place of \((["runc"] + path.dropFirst()).joined(separator: " "))"
    }
}
