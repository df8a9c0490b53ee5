import CommandLine

/// Commands about Apus itself.
enum SystemCommands {
    static let all: [Command] = [system]

    private static let system = Command("system", abstract: "Manage Apus", subcommands: [SystemPrune.command])
}
