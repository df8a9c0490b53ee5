import CommandLine
import Engine

/// What a container uses, as `stats` shows it.
enum StatsRow {
    static let listing = Listing(
        columns: [
            Listing.Column("ID", "CONTAINER ID", .identifier), Listing.Column("Name", "NAME"), Listing.Column("CPUPerc", "CPU %"),
            Listing.Column("MemUsage", "MEM USAGE / LIMIT"), Listing.Column("MemPerc", "MEM %"), Listing.Column("NetIO", "NET I/O"),
            Listing.Column("BlockIO", "BLOCK I/O"), Listing.Column("PIDs", "PIDS"),
        ], others: [Listing.Column("Container", "CONTAINER")])

    /// The row of a container; without `usage` it does not run.
    ///
    /// - Parameter reference: the container as the user named it.
    static func value(_ record: ContainerRecord, reference: String, _ usage: ContainerUsage?) -> Value {
        let fields: [String]
        if let usage {
            let memory = usage.memory.map { bytesSize(Double($0)) } ?? "--"
            fields = [
                percent(usage.cpuPercent), "\(memory) / \(bytesSize(Double(usage.memoryLimit)))",
                usage.memory == nil ? "--" : percent(usage.memoryPercent), "\(size(usage.network.received)) / \(size(usage.network.sent))",
                usage.read.map { "\(size($0)) / \(size(usage.written ?? 0))" } ?? "--", String(usage.pids),
            ]
        } else {
            fields = [percent(0), "0B / 0B", percent(0), "0B / 0B", "0B / 0B", "0"]
        }
        let names = ["CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"]
        return .object(
            [("Container", .string(reference)), ("ID", .string(record.id)), ("Name", .string(record.name))]
                + zip(names, fields).map { ($0, .string($1)) })
    }

    private static func size(_ bytes: UInt64) -> String { humanSize(Double(bytes), precision: 3) }

    /// Two decimals, as Docker shows percentages.
    static func percent(_ value: Double) -> String {
        let hundredths = Int(max(0, min(value, 1e9)) * 100 + 0.5)
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)%"
    }
}
