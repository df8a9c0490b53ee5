import CommandLine
import Engine
import ImageStore
import LinuxSystem
import OCISpec

/// `apus image prune`: removes images that nobody needs.
enum PruneImages {
    static let all = Flag.bool("all", short: "a", help: "Remove all unused images, not just dangling ones")

    static let command = Command(
        "prune", abstract: "Remove unused images",
        flags: [
            all, Confirmation.force,
            RefusedFlag("filter", because: "pruning by conditions is not there yet; list with apus images --filter and remove with apus rmi"),
        ],
        action: { try run($0) })

    private static func run(_ parsed: ParsedCommand) throws(ApusError) -> Int32 {
        let what = parsed[all] ? "all images without at least one container associated to them" : "all dangling images"
        guard try Confirmation.ask("This will remove \(what).", parsed) else { return 0 }
        let engine = Globals.engine(parsed)
        let users = try ImageUsers(engine)
        var lines: [String] = []
        if parsed[all] {
            // Without their names they dangle, and are counted and removed with the others.
            let unused = Set(try engine.images.list().filter { $0.repository != nil && users[$0.id].isEmpty }.map(\.id))
            for id in unused.sorted() {
                lines += try engine.images.remove(id.description, force: true, users: { _ in [""] }).map(\.description)
            }
        }
        let report = try engine.images.prune(danglingImages: true, users: { users[$0] })
        lines += (report.images + report.layers).map { "Deleted: \($0)" }
        Confirmation.report("Deleted Images", lines)
        Confirmation.total(report.bytes)
        return 0
    }
}
