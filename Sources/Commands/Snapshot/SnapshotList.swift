import CommandLine
import Engine
import LinuxSystem

/// `apus snapshot ls`: as rows, or as a tree with the place where each container is now.
enum SnapshotList {
    static let tree = Flag.bool("tree", help: "Show which snapshot came from which, and where the container is now")

    static let command = Command(
        "ls", aliases: ["list"], abstract: "List snapshots", positionals: Positionals("[CONTAINER]", completing: .container),
        flags: [OutputFlags.format, OutputFlags.noTrunc, OutputFlags.quiet, tree],
        action: { parsed in
            let engine = Globals.engine(parsed)
            var container: ContainerRecord?
            if let name = parsed.positionals.first { container = try engine.containers.find(name) }
            let now = Timestamp.now()
            let snapshots = try engine.snapshots(of: container)
            if parsed[tree] {
                if parsed[OutputFlags.quiet] || parsed[OutputFlags.format] != nil {
                    throw ApusError(.invalidArgument, "conflicting options: --tree cannot be given with --quiet or --format")
                }
                let rows = snapshots.map { SnapshotTree.Row($0, text: "\($0.name) (\(age($0, now)), \(size($0, engine)))") }
                output(SnapshotTree.text(rows))
                return 0
            }
            let names = Dictionary(uniqueKeysWithValues: snapshots.map { ($0.record.id, $0.name) })
            let rows = snapshots.map { row($0, parent: $0.parent.flatMap { names[$0] }, engine, now) }
            output(try listing.text(rows, format: parsed[OutputFlags.format], noTrunc: parsed[OutputFlags.noTrunc], quiet: parsed[OutputFlags.quiet]))
            return 0
        })

    private static let listing = Listing(
        columns: [
            Listing.Column("ID", "SNAPSHOT ID", .identifier), Listing.Column("Container", "CONTAINER"), Listing.Column("Name", "NAME"),
            Listing.Column("Parent", "PARENT"), Listing.Column("CreatedSince", "CREATED"), Listing.Column("Size", "SIZE"),
            Listing.Column("Current", "CURRENT"),
        ],
        others: [
            Listing.Column("ContainerID", "CONTAINER ID", .identifier), Listing.Column("CreatedAt", "CREATED AT"), Listing.Column("Image", "IMAGE"),
            Listing.Column("ParentID", "PARENT ID", .identifier),
        ])

    private static func row(_ snapshot: Snapshot, parent: String?, _ engine: Engine, _ now: Timestamp) -> Value {
        let record = snapshot.record
        return .object([
            ("Container", .string(snapshot.containerName)),
            ("ContainerID", .string(record.container)),
            ("CreatedAt", .string(Timestamp(rfc3339: record.created)?.local ?? record.created)),
            ("CreatedSince", .string(age(snapshot, now))),
            ("Current", .string(snapshot.isCurrent ? "*" : "")),
            ("ID", .string(record.id)),
            ("Image", .string(record.imageName)),
            ("Name", .string(snapshot.name)),
            ("Parent", .string(parent ?? "")),
            ("ParentID", .string(snapshot.parent ?? "")),
            ("Size", .string(size(snapshot, engine))),
        ])
    }

    private static func age(_ snapshot: Snapshot, _ now: Timestamp) -> String {
        Timestamp(rfc3339: snapshot.record.created).map { "\(humanDuration(seconds: $0.interval(to: now))) ago" } ?? ""
    }

    private static func size(_ snapshot: Snapshot, _ engine: Engine) -> String {
        humanSize(Double(engine.snapshotSize(snapshot.record.id)), precision: 3)
    }
}
