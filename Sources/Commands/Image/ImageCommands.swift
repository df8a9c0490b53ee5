import CommandLine

/// Commands about images.
enum ImageCommands {
    static let all: [Command] = [Load.command]
}
