import CommandLine

/// Commands about Apus itself.
enum SystemCommands {
    static let all: [Command] = []
}
