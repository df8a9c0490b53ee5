import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// Commands that write documents and completions from the command tree.
enum Documents {
    /// `apus completion bash`.
    static let completion = Command(
        "completion", abstract: "Generate the autocompletion script for the specified shell",
        positionals: Positionals("SHELL", completing: .words(["bash", "fish", "zsh"])), action: { try complete($0) })

    /// The same by the name that the installation calls.
    static let installedCompletion = Command(
        "__completion", abstract: "Generate a completion script", positionals: "SHELL", hidden: true, action: { try complete($0) })

    /// The reference of all commands, for `docs/commands.md`.
    static let reference = Command(
        "__docs", abstract: "Print the reference of all commands", hidden: true,
        action: { _ in
            output(Reference(ApusCommand.tree).text)
            return 0
        })

    /// The manual pages.
    static let manual = Command(
        "__man", abstract: "Write the manual pages", positionals: "DIRECTORY", hidden: true,
        action: { parsed in
            let directory = Globals.absolute(parsed.positionals[0])
            for page in ManualPages(ApusCommand.tree, version: ApusVersion.number).pages {
                try replaceFile("\(directory)/\(page.name)", with: Array(page.text.utf8))
            }
            return 0
        })

    private static func complete(_ parsed: ParsedCommand) throws(ApusError) -> Int32 {
        let shell = parsed.positionals[0]
        switch shell {
        case "bash": output(bashCompletion(ApusCommand.tree))
        case "fish": output(fishCompletion(ApusCommand.tree))
        case "zsh": output(zshCompletion(ApusCommand.tree))
        default: throw ApusError(.invalidArgument, "no completion for shell \"\(shell)\"", hint: "one of bash, fish, zsh")
        }
        return 0
    }
}
