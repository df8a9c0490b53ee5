import CommandLine
import Engine
import LinuxSystem

/// `apus volume …`.
enum VolumeGroup {
    static let command = Command(
        "volume", abstract: "Manage volumes",
        subcommands: [VolumeCreate.command, VolumeInspect.command, VolumeList.command, VolumePrune.command, VolumeRemove.command])

    /// What the shell offers where a volume is wanted.
    static let completion = CompletionKind.objects("volume")
}

/// `apus volume create`.
enum VolumeCreate {
    static let label = Flag.list("label", help: "Set metadata for a volume")

    static let command = Command(
        "create", abstract: "Create a volume", positionals: "[VOLUME]",
        flags: [
            label, RefusedFlag("driver", short: "d", because: "volume drivers are not there yet"),
            RefusedFlag("opt", short: "o", because: "volume drivers are not there yet"),
        ],
        action: { parsed in
            let labels = try KeyValues.labels(files: [], entries: parsed[label])
            output(try Globals.engine(parsed).createVolume(parsed.positionals.first, labels: labels))
            return 0
        })
}

/// `apus volume rm`.
enum VolumeRemove {
    static let force = Flag.bool("force", short: "f", help: "Force the removal of one or more volumes")

    static let command = Command(
        "rm", aliases: ["remove"], abstract: "Remove one or more volumes",
        positionals: Positionals("VOLUME [VOLUME...]", completing: VolumeGroup.completion), flags: [force],
        action: { parsed in
            let engine = Globals.engine(parsed)
            var status: Int32 = 0
            for name in parsed.positionals {
                do throws(ApusError) {
                    try engine.removeVolume(name)
                    output(name)
                } catch  where error.code == .notFound && parsed[force] {
                    output(name)  // gone is what was wanted
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            return status
        })
}

/// `apus volume prune`.
enum VolumePrune {
    static let all = Flag.bool("all", short: "a", help: "Remove all unused volumes, not just anonymous ones")

    static let command = Command(
        "prune", abstract: "Remove unused local volumes",
        flags: [all, PruneFilter.flag, Confirmation.force],
        action: { parsed in
            let filter = try PruneFilter(parsed[PruneFilter.flag], hasUntil: false)
            let which = parsed[all] ? "all" : "anonymous"
            guard try Confirmation.ask("This will remove \(which) local volumes not used by at least one container.", parsed) else { return 0 }
            let removed = try Globals.engine(parsed).pruneVolumes(all: parsed[all]) { filter.matches(created: nil, labels: $0.labels) }
            Confirmation.report("Deleted Volumes", removed.names)
            Confirmation.total(removed.bytes)
            return 0
        })
}
