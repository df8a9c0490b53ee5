import CommandLine
import Engine
import LinuxSystem
import Network

/// `apus ps`: the containers.
enum List {
    static let all = Flag.bool("all", short: "a", help: "Show all containers (default shows just running)")
    static let last = Flag.int("last", short: "n", default: -1, help: "Show n last created containers (includes all states)")
    static let latest = Flag.bool("latest", short: "l", help: "Show the latest created container (includes all states)")
    static let size = Flag.bool("size", short: "s", help: "Display total file sizes")
    static let quiet = Flag.bool("quiet", short: "q", help: "Only display container IDs")

    static let command = Command(
        "ps", aliases: ["list"], abstract: "List containers",
        flags: [all, OutputFlags.filter, OutputFlags.format, last, latest, OutputFlags.noTrunc, quiet, size],
        action: { try run($0) })

    private static func run(_ parsed: ParsedCommand) throws -> Int32 {
        let engine = Globals.engine(parsed)
        let filter = try ContainerFilter(parsed[OutputFlags.filter], engine: engine)
        let count = parsed[latest] ? 1 : parsed[last]
        let everything = parsed[all] || count > 0 || filter.wantsStopped
        var views = try engine.containers.views(runningOnly: !everything).filter(filter.matches)
        if count > 0 { views = Array(views.prefix(count)) }
        // A template that names the size asks for it.
        let wantsSize = (parsed[size] || parsed[OutputFlags.format].map { mentions($0, ".Size") } == true) && !parsed[quiet]
        let now = Timestamp.now()
        var rows: [Value] = []
        for view in views {
            rows.append(
                ContainerRow.value(
                    view, now: now, size: wantsSize ? try engine.size(of: view.record) : nil, noTrunc: parsed[OutputFlags.noTrunc],
                    ports: view.state.isRunning ? engine.connectivity(of: view.record)?.ports ?? [] : []))
        }
        let listing = parsed[size] ? ContainerRow.listingWithSize : ContainerRow.listing
        output(try listing.text(rows, format: parsed[OutputFlags.format], noTrunc: parsed[OutputFlags.noTrunc], quiet: parsed[quiet]))
        return 0
    }

    private static func mentions(_ format: String, _ field: String) -> Bool {
        let (format, field) = (Array(format.utf8), Array(field.utf8))
        return format.indices.contains { format[$0...].starts(with: field) }
    }
}
