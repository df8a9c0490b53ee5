import CommandLine
import Engine
import ImageStore
import LinuxSystem
import Network

/// `apus system prune`: stopped containers, images without a name, and what crashes left.
enum SystemPrune {
    static let all = Flag.bool("all", short: "a", help: "Remove all unused images not just dangling ones")
    static let volumes = Flag.bool("volumes", help: "Prune anonymous volumes")

    static let command = Command(
        "prune", abstract: "Remove unused data", flags: [all, PruneFilter.flag, Confirmation.force, volumes],
        action: { parsed in
            let filter = try PruneFilter(parsed[PruneFilter.flag])
            if parsed[volumes], parsed[PruneFilter.flag].contains(where: { $0.key == "until" }) {
                throw ApusError(.notSupported, "the \"until\" filter is not supported with \"--volumes\"")
            }
            guard try Confirmation.ask(warning(parsed), parsed) else { return 0 }
            let engine = Globals.engine(parsed)
            let containers = try engine.pruneContainers { filter.matches(created: Timestamp(rfc3339: $0.created), labels: $0.settings.labels) }
            Confirmation.report("Deleted Containers", containers.ids)
            var bytes = try containers.bytes + engine.pruneLeftovers()
            let networks = try engine.pruneNetworks { filter.matches(created: Timestamp(rfc3339: $0.created), labels: $0.labels) }
            Confirmation.report("Deleted Networks", networks)
            if parsed[volumes] {
                let volumes = try engine.pruneVolumes(all: false) { filter.matches(created: nil, labels: $0.labels) }
                Confirmation.report("Deleted Volumes", volumes.names)
                bytes += volumes.bytes
            }
            let images = try PruneImages.prune(engine, all: parsed[all], filter)
            Confirmation.report("Deleted Images", images.lines)
            Confirmation.total(bytes + images.bytes)
            return 0
        })

    private static func warning(_ parsed: ParsedCommand) -> String {
        var lines = ["all stopped containers", "all networks not used by at least one container"]
        if parsed[volumes] { lines.append("all anonymous volumes not used by at least one container") }
        lines.append(parsed[all] ? "all images without at least one container associated to them" : "all dangling images")
        lines.append("all that crashes left behind")
        for condition in parsed.texts(PruneFilter.flag) { lines.append("but only what matches \(condition)") }
        return "This will remove:\n" + lines.map { "  - \($0)\n" }.joined()
    }
}
