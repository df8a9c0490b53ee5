import CommandLine
import Engine
import LinuxSystem

/// `apus container …`: the commands about containers once more, with Docker's names there, and `prune`.
enum ContainerGroup {
    static let command = Command(
        "container", abstract: "Manage containers",
        subcommands: (LifecycleCommands.members + InteractionCommands.all + ObservationCommands.all).compactMap(member) + [prune])

    static let prune = Command(
        "prune", abstract: "Remove all stopped containers",
        flags: [Confirmation.force, RefusedFlag("filter", because: "filters of prune are not there yet")],
        action: { parsed in
            guard try Confirmation.ask("This will remove all stopped containers.", parsed) else { return 0 }
            let removed = try Globals.engine(parsed).pruneContainers()
            Confirmation.report("Deleted Containers", removed.ids)
            Confirmation.total(removed.bytes)
            return 0
        })

    /// Docker's name in the group; nil for commands that are about more than containers.
    private static func member(_ command: Command) -> Command? {
        switch command.name {
        case "ps": command.renamed("ls", aliases: ["list", "ps"])
        case "events", "info", "version": nil
        default: command.renamed(command.name, aliases: command.aliases)
        }
    }
}
