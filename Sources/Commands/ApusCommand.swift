import CommandLine

/// The whole command tree of `apus`: each part is listed beside its commands.
enum ApusCommand {
    static let tree = Command(
        "apus", abstract: "A container engine without a daemon", flags: Globals.all,
        subcommands: LifecycleCommands.all + InteractionCommands.all + ObservationCommands.all + ImageCommands.all + SystemCommands.all)
}
