import CommandLine

/// Commands that make, start, end and remove containers.
enum LifecycleCommands {
    static let all: [Command] = [Run.command]
}
