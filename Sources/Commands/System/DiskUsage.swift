import CommandLine
import Engine
import ImageStore
import LinuxSystem
import OCISpec

/// `apus system df`: what the instance takes on the disk, and what of it a prune would give back.
enum DiskUsage {
    static let verbose = Flag.bool("verbose", short: "v", help: "Show detailed information on space usage")

    static let command = Command(
        "df", abstract: "Show disk usage", flags: [OutputFlags.format, verbose],
        action: { parsed in
            let engine = Globals.engine(parsed)
            let usage = try InstanceUsage(engine)
            if parsed[verbose] {
                output(try usage.details(format: parsed[OutputFlags.format]))
            } else {
                output(try summary.text(usage.rows, format: parsed[OutputFlags.format]))
            }
            return 0
        })

    private static let summary = Listing(
        columns: [
            Listing.Column("Type", "TYPE"), Listing.Column("TotalCount", "TOTAL"), Listing.Column("Active", "ACTIVE"), Listing.Column("Size", "SIZE"),
            Listing.Column("Reclaimable", "RECLAIMABLE"),
        ])
}

/// What an instance's things take.
struct InstanceUsage {
    private let images: ImageUsage
    private let containers: [(view: ContainerView, size: Int)]
    private let volumes: [(volume: Volume, size: Int, users: Int)]
    private let cache: Int
    private let imageUsers: ImageUsers

    init(_ engine: Engine) throws(ApusError) {
        let users = try ImageUsers(engine)
        imageUsers = users
        images = try engine.images.usage { !users[$0].isEmpty }
        var containers: [(view: ContainerView, size: Int)] = []
        for view in try engine.containers.views() { containers.append((view, try engine.size(of: view.record).writable)) }
        self.containers = containers
        let mounted = containers.flatMap { Set($0.view.record.settings.mounts.filter { $0.kind == .volume }.map(\.source)) }
        volumes = try engine.volumes().map { volume in (volume, diskUsage(of: volume.directory), mounted.count { $0 == volume.name }) }
        cache = diskUsage(of: engine.paths.cache)
    }

    /// One row for each kind of thing.
    var rows: [Value] {
        let idle = containers.filter { !$0.view.state.isRunning }
        let free = volumes.filter { $0.users == 0 }
        func sum(_ sizes: some Sequence<Int>) -> Int { sizes.reduce(0, +) }
        let active = images.images.count { !imageUsers[$0.id].isEmpty }
        return [
            row("Images", images.images.count, active, images.layers, images.reclaimableLayers),
            row("Image Blobs", images.images.count, active, images.blobs, images.reclaimableBlobs),
            row("Containers", containers.count, containers.count - idle.count, sum(containers.map(\.size)), sum(idle.map(\.size))),
            row("Local Volumes", volumes.count, volumes.count - free.count, sum(volumes.map(\.size)), sum(free.map(\.size))),
            row("Cache", cache > 0 ? 1 : 0, 0, cache, cache),
        ]
    }

    private func row(_ type: String, _ count: Int, _ active: Int, _ size: Int, _ reclaimable: Int) -> Value {
        // Docker shows a share where something is in use.
        let share = size > 0 ? " (\(reclaimable * 100 / size)%)" : ""
        return .object([
            ("Active", .string(String(active))), ("Reclaimable", .string("\(Self.text(reclaimable))\(share)")), ("Size", .string(Self.text(size))),
            ("TotalCount", .string(String(count))), ("Type", .string(type)),
        ])
    }

    private static func text(_ size: Int) -> String { humanSize(Double(size), precision: 4) }

    /// A table for each kind of thing, or all as one object.
    func details(format: String?) throws -> String {
        let now = Timestamp.now()
        let (imageRows, containerRows, volumeRows) = (imageRows(now), containerRows(now), volumeRows)
        guard format == nil || format == "table" else {
            let all = Value.object([("Images", .array(imageRows)), ("Containers", .array(containerRows)), ("Volumes", .array(volumeRows))])
            return try Listing(columns: []).text([all], format: format)
        }
        return """
            Images space usage:

            \(try Self.imageListing.text(imageRows))
            Containers space usage:

            \(try Self.containerListing.text(containerRows))
            Local Volumes space usage:

            \(try Self.volumeListing.text(volumeRows))
            """
    }

    private static let imageListing = Listing(
        columns: [
            Listing.Column("Repository", "REPOSITORY"), Listing.Column("Tag", "TAG"), Listing.Column("ID", "IMAGE ID", .identifier),
            Listing.Column("CreatedSince", "CREATED"), Listing.Column("Size", "SIZE"), Listing.Column("SharedSize", "SHARED SIZE"),
            Listing.Column("UniqueSize", "UNIQUE SIZE"), Listing.Column("Containers", "CONTAINERS"),
        ])
    private static let containerListing = Listing(
        columns: [
            Listing.Column("ID", "CONTAINER ID", .identifier), Listing.Column("Image", "IMAGE"), Listing.Column("Command", "COMMAND", .quoted(20)),
            Listing.Column("LocalVolumes", "LOCAL VOLUMES"), Listing.Column("Size", "SIZE"), Listing.Column("RunningFor", "CREATED"),
            Listing.Column("Status", "STATUS"), Listing.Column("Names", "NAMES"),
        ])
    private static let volumeListing = Listing(
        columns: [Listing.Column("Name", "VOLUME NAME"), Listing.Column("Links", "LINKS"), Listing.Column("Size", "SIZE")])

    private func imageRows(_ now: Timestamp) -> [Value] {
        images.images.map { image in
            let name = image.references.first.flatMap { try? ImageReference($0) }
            return .object([
                ("Repository", .string(name?.familiarRepository ?? "<none>")), ("Tag", .string(name?.tag ?? "<none>")),
                ("ID", .string(image.id.description)),
                ("CreatedSince", .string(image.created.map { "\(humanDuration(seconds: $0.interval(to: now))) ago" } ?? "N/A")),
                ("Size", .string(Self.text(image.size))), ("SharedSize", .string(Self.text(image.shared))),
                ("UniqueSize", .string(Self.text(image.size - image.shared))), ("Containers", .string(String(imageUsers[image.id].count))),
            ])
        }
    }

    private func containerRows(_ now: Timestamp) -> [Value] {
        containers.map { container in
            guard case .object(var row) = ContainerRow.value(container.view, now: now) else { return .null }
            row["Size"] = .string(Self.text(container.size))
            return .object(row)
        }
    }

    private var volumeRows: [Value] {
        volumes.map { .object([("Name", .string($0.volume.name)), ("Links", .string(String($0.users))), ("Size", .string(Self.text($0.size)))]) }
    }
}
