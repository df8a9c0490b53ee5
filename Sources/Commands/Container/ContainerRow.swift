import CommandLine
import Engine
import LinuxSystem
import Network

/// A container as `ps` shows it.
enum ContainerRow {
    static let listing = Listing(
        columns: [
            Listing.Column("ID", "CONTAINER ID", .identifier), Listing.Column("Image", "IMAGE"), Listing.Column("Command", "COMMAND", .quoted(20)),
            Listing.Column("RunningFor", "CREATED"), Listing.Column("Status", "STATUS"), Listing.Column("Ports", "PORTS"),
            Listing.Column("Names", "NAMES"),
        ],
        others: [
            Listing.Column("CreatedAt", "CREATED AT"), Listing.Column("Labels", "LABELS"), Listing.Column("LocalVolumes", "LOCAL VOLUMES"),
            Listing.Column("Mounts", "MOUNTS"), Listing.Column("Networks", "NETWORKS"), Listing.Column("Size", "SIZE"), Listing.Column("State", "STATE"),
        ])

    /// The same with a column of sizes.
    static let listingWithSize = Listing(columns: listing.columns + [Listing.Column("Size", "SIZE")], others: listing.others.filter { $0.field != "Size" })

    /// The row of a container.
    static func value(
        _ view: ContainerView, now: Timestamp, size: ContainerSize? = nil, noTrunc: Bool = false, ports: [PublishedPort] = []
    ) -> Value {
        let (record, settings) = (view.record, view.record.settings)
        let created = Timestamp(rfc3339: record.created)
        let mounts = settings.mounts.filter { $0.kind != .tmpfs }.map { mount in
            noTrunc || mount.source.count <= 15 ? mount.source : "\(mount.source.prefix(14))…"
        }
        var row = Value.Object([
            ("Command", .string(record.arguments.joined(separator: " "))),
            ("CreatedAt", .string(created?.local ?? record.created)),
            ("ID", .string(record.id)),
            ("Image", .string(record.imageName)),
            ("Labels", .string(settings.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))),
            ("LocalVolumes", .string(String(settings.mounts.count { $0.kind == .volume }))),
            ("Mounts", .string(mounts.joined(separator: ","))),
            ("Names", .string(record.name)),
            ("Networks", .string(networks(settings))),
            ("Ports", .string(view.state.isRunning ? Port.column(ports, exposed: settings.connectivity?.exposed ?? []) : "")),
            ("RunningFor", .string(created.map { "\(humanDuration(seconds: $0.interval(to: now))) ago" } ?? "")),
            ("Size", .string(size.map(text) ?? "0B")),
            ("State", .string(view.state.status.rawValue)),
            ("Status", .string(status(view, now: now))),
        ])
        row.addMethod("Label", .map(settings.labels))
        return .object(row)
    }

    private static func networks(_ settings: ContainerSettings) -> String {
        let names = (settings.connectivity?.attachments ?? []).map(\.network)
        return names.isEmpty ? settings.network : names.joined(separator: ",")
    }

    /// What a container is doing and since when: `Up 3 seconds`, `Exited (137) 5 seconds ago`.
    static func status(_ view: ContainerView, now: Timestamp) -> String {
        func span(_ since: Timestamp?) -> String { since.map { " " + humanDuration(seconds: $0.interval(to: now)) } ?? "" }
        return switch view.state.status {
        case .created: "Created"
        case .running: "Up\(span(view.startedAt))"
        case .paused: "Up\(span(view.startedAt)) (Paused)"
        case .exited: "Exited (\(view.state.exit?.exitCode ?? 0))\(view.finishedAt.map { "\(span($0)) ago" } ?? "")"
        }
    }

    /// `12B (virtual 4.26MB)`, as Docker shows sizes.
    static func text(_ size: ContainerSize) -> String {
        let own = humanSize(Double(size.writable), precision: 3)
        return size.total > 0 ? "\(own) (virtual \(humanSize(Double(size.total), precision: 3)))" : own
    }
}
