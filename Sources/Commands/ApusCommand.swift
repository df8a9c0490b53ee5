import CommandLine

/// The whole command tree of `apus`.
enum ApusCommand {
    static let tree = Command(
        "apus", abstract: "A container engine without a daemon", flags: Globals.all,
        subcommands: [Run.command, Load.command])
}
