import CommandLine

/// Commands about images.
enum ImageCommands {
    static let all: [Command] = [Images.command, Load.command]
}
