import CommandLine
import Engine
import ImageStore
import LinuxSystem

/// `apus images`: the images of the store.
enum Images {
    static let all = Flag.bool("all", short: "a", help: "Show all images (there are no intermediate ones to hide)")
    static let digests = Flag.bool("digests", help: "Show digests")
    static let quiet = Flag.bool("quiet", short: "q", help: "Only show image IDs")

    static let command = Command(
        "images", abstract: "List images", positionals: Positionals("[REPOSITORY[:TAG]]", completing: .image),
        flags: [
            all, digests, OutputFlags.filter, OutputFlags.format, OutputFlags.noTrunc, quiet,
            RefusedFlag("tree", because: "images of several platforms are not there yet"),
        ],
        action: { try run($0) })

    private static func run(_ parsed: ParsedCommand) throws -> Int32 {
        let engine = Globals.engine(parsed)
        var conditions = parsed[OutputFlags.filter]
        if let name = parsed.positionals.first { conditions.append(FilterCondition("reference", name)) }
        let filter = try ImageFilter(conditions, store: engine.images)
        let now = Timestamp.now()
        let images = try engine.images.list { notice("apus: the image \($0) is left out: \($1)") }.filter(filter.matches)
        let rows = images.map { ImageRow.value($0, now: now) }
        let listing = ImageRow.listing(digests: parsed[digests])
        output(try listing.text(rows, format: parsed[OutputFlags.format], noTrunc: parsed[OutputFlags.noTrunc], quiet: parsed[quiet]))
        return 0
    }
}
