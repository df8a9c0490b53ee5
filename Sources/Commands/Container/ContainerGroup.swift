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
        flags: [PruneFilter.flag, Confirmation.force],
        action: { parsed in
            let filter = try PruneFilter(parsed[PruneFilter.flag])
            guard try Confirmation.ask("This will remove all stopped containers.", parsed) else { return 0 }
            let removed = try Globals.engine(parsed).pruneContainers { record in
                filter.matches(created: Timestamp(rfc3339: record.created), labels: record.settings.labels)
            }
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
