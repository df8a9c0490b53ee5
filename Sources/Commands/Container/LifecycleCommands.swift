import CommandLine

/// Commands that make, start, end and remove containers.
enum LifecycleCommands {
    static let all: [Command] = members + [ContainerGroup.command, VolumeGroup.command, NetworkGroup.command, SnapshotGroup.command]

    /// Those that are in `apus container` too.
    static let members: [Command] = [
        Run.command, Create.command, Start.command, Stop.command, Stop.restart, Kill.command, Remove.command, Wait.command, Pause.command, Pause.unpause,
        Pause.rename, Update.command, Clone.command, Commit.command, Diff.command, Export.command,
    ]
}
