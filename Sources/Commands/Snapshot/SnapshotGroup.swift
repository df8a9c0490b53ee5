import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// `apus snapshot …`: states of a container's files to go back to, or to clone.
enum SnapshotGroup {
    static let command = Command(
        "snapshot", abstract: "Manage snapshots of containers", subcommands: [create, SnapshotList.command, restore, remove])

    static let create = Command(
        "create", abstract: "Take a snapshot of a container's files",
        discussion: """
            A stopped container is not copied: what it wrote becomes the snapshot, and it goes on above that. A running one is frozen while what it \
            wrote is copied, or shared where the file system can. Volumes and memory are no part of it. Without NAME it is called snap1, snap2 and so on.
            """,
        positionals: Positionals("CONTAINER [NAME]", completing: .container, .none),
        action: { parsed in
            let engine = Globals.engine(parsed)
            let record = try engine.containers.find(parsed.positionals[0])
            output(try engine.takeSnapshot(of: record, name: parsed.positionals.dropFirst().first).id)
            return 0
        })

    static let restore = Command(
        "restore", abstract: "Roll a container's files back to a snapshot",
        discussion: """
            Without NAME to the one that it stands on. What the container wrote since is lost; take a snapshot before to keep it. A running container is \
            stopped as by apus stop, and started again: memory is not saved.
            """,
        positionals: Positionals("CONTAINER [NAME]", completing: .container, SnapshotReference.completion),
        action: { parsed in
            let engine = Globals.engine(parsed)
            let record = try engine.containers.find(parsed.positionals[0])
            let snapshot: Snapshot
            if parsed.positionals.count > 1 {
                snapshot = try engine.snapshot(SnapshotReference.name(parsed.positionals[1], of: record), of: record)
            } else if let current = try engine.snapshots(of: record).first(where: \.isCurrent) {
                snapshot = current
            } else {
                throw ApusError(.notFound, "container \(record.name) stands on no snapshot", hint: "name one of apus snapshot ls \(record.name)")
            }
            if try engine.restore(record, to: snapshot) {
                notice("container \(record.name) was stopped, rolled back to \(snapshot.name) and started again; its memory was not saved")
            }
            output(parsed.positionals[0])
            return 0
        })

    static let remove = Command(
        "rm", aliases: ["remove"], abstract: "Remove one or more snapshots",
        discussion: """
            Snapshots are named after their container, as CONTAINER:NAME, or by ids. What containers, clones and other snapshots stand on stays on the \
            disk until they are gone.
            """,
        positionals: Positionals("[CONTAINER] NAME [NAME...]", completing: SnapshotReference.completion),
        action: { parsed in
            let engine = Globals.engine(parsed)
            var names = parsed.positionals[...]
            var container: ContainerRecord?
            if names.count > 1, let first = names.first, let found = try? engine.containers.find(first) {
                container = found
                names = names.dropFirst()
            }
            var status: Int32 = 0
            for name in names {
                do throws(ApusError) {
                    let snapshot: Snapshot
                    if let container { snapshot = try engine.snapshot(name, of: container) } else { snapshot = try engine.snapshot(name) }
                    try engine.remove(snapshot)
                    output(name)
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            return status
        })
}

/// How users name a snapshot of a container that they named already.
enum SnapshotReference {
    static let completion = CompletionKind.objects("snapshot")

    /// The name alone of `CONTAINER:NAME`, as completion offers it.
    static func name(_ text: String, of container: ContainerRecord) -> String {
        text.hasPrefix("\(container.name):") ? String(text.dropFirst(container.name.count + 1)) : text
    }
}
