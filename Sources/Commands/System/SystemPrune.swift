import CommandLine
import Engine
import ImageStore
import LinuxSystem

/// `apus system prune`: stopped containers, images without a name, and what crashes left.
enum SystemPrune {
    static let volumes = Flag.bool("volumes", help: "Prune anonymous volumes")

    static let command = Command(
        "prune", abstract: "Remove unused data",
        flags: [
            Confirmation.force, volumes, RefusedFlag("all", short: "a", because: "removing images that have a name is for apus rmi"),
            RefusedFlag("filter", because: "filters of prune are not there yet"),
        ],
        action: { parsed in
            let more = parsed[volumes] ? "\n  - all anonymous volumes not used by at least one container" : ""
            let warning = "This will remove:\n  - all stopped containers\n  - all dangling images\n  - all that crashes left behind\(more)\n"
            guard try Confirmation.ask(warning, parsed) else { return 0 }
            let engine = Globals.engine(parsed)
            let containers = try engine.pruneContainers()
            Confirmation.report("Deleted Containers", containers.ids)
            var bytes = try containers.bytes + engine.pruneLeftovers()
            if parsed[volumes] {
                let volumes = try engine.pruneVolumes(all: false)
                Confirmation.report("Deleted Volumes", volumes.names)
                bytes += volumes.bytes
            }
            let users = try ImageUsers(engine)
            let images = try engine.images.prune(danglingImages: true) { users[$0] }
            Confirmation.report("Deleted Images", images.images.map { "deleted: \($0)" })
            Confirmation.total(bytes + images.bytes)
            return 0
        })
}
