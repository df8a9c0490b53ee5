import CommandLine
import Engine
import ImageStore
import LinuxSystem
import OCISpec

/// `apus history`: the steps that made an image.
enum History {
    static let human = Flag.bool("human", short: "H", default: true, help: "Print sizes and dates in human readable format")
    static let quiet = Flag.bool("quiet", short: "q", help: "Only show image IDs")

    static let command = Command(
        "history", abstract: "Show the history of an image", positionals: Positionals("IMAGE", completing: .image),
        flags: [
            OutputFlags.format, human, OutputFlags.noTrunc, quiet, RefusedFlag("platform", because: "an image of the store is of one platform"),
        ],
        action: { parsed in
            let now = Timestamp.now()
            let steps = try Globals.engine(parsed).images.history(of: parsed.positionals[0])
            let rows = steps.map { value($0, now: now, human: parsed[human], noTrunc: parsed[OutputFlags.noTrunc]) }
            output(
                try listing(human: parsed[human]).text(
                    rows, format: parsed[OutputFlags.format], noTrunc: parsed[OutputFlags.noTrunc], quiet: parsed[quiet]))
            return 0
        })

    private static func listing(human: Bool) -> Listing {
        let (since, at) = (Listing.Column("CreatedSince", "CREATED"), Listing.Column("CreatedAt", human ? "CREATED AT" : "CREATED"))
        return Listing(
            columns: [
                Listing.Column("ID", "IMAGE"), human ? since : at, Listing.Column("CreatedBy", "CREATED BY", .ellipsis(45)),
                Listing.Column("Size", "SIZE"), Listing.Column("Comment", "COMMENT", .ellipsis(45)),
            ], others: [human ? at : since])
    }

    static func value(_ step: HistoryStep, now: Timestamp, human: Bool, noTrunc: Bool) -> Value {
        let since = step.created.map { "\(humanDuration(seconds: $0.interval(to: now))) ago" } ?? "N/A"
        return .object([
            ("Comment", .string(step.comment)),
            ("CreatedAt", .string(step.created?.rfc3339Local ?? "N/A")),
            ("CreatedBy", .string(step.createdBy.split { $0 == "\t" || $0 == "\n" }.joined(separator: " "))),
            ("CreatedSince", .string(since)),
            ("ID", .string(step.id.map { noTrunc ? $0.description : $0.short } ?? "<missing>")),
            ("Size", .string(human ? humanSize(Double(step.size), precision: 3) : String(step.size))),
        ])
    }
}

extension Timestamp {
    /// The moment in whole seconds of UTC, RFC 3339.
    fileprivate var rfc3339Local: String { "\(Timestamp(seconds: seconds).description.prefix(19))Z" }
}
