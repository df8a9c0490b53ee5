import CommandLine

/// Commands in front of a running container: exec, attach, logs.
enum InteractionCommands {
    static let all: [Command] = [Exec.command, Attach.command, Logs.command, Copy.command]
}
