import CommandLine

/// Commands that show containers.
enum ObservationCommands {
    static let all: [Command] = [List.command, Inspect.command, Stats.command, Top.command, Port.command]
}
