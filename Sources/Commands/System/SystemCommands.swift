import CommandLine

/// Commands about Apus itself.
enum SystemCommands {
    static let all: [Command] = [
        SwitchGroup.command, system, Info.command, Version.command, Documents.completion, Documents.installedCompletion, Documents.reference, Documents.manual,
        Candidates.command,
    ]

    private static let system = Command(
        "system", abstract: "Manage Apus", subcommands: [Info.command, SystemPrune.command, DiskUsage.command, SystemCheck.command])
}
