import CommandLine
import Engine
import ImageStore
import LinuxSystem
import OCISpec

/// `apus image prune`: removes images that nobody needs.
enum PruneImages {
    static let all = Flag.bool("all", short: "a", help: "Remove all unused images, not just dangling ones")

    static let command = Command(
        "prune", abstract: "Remove unused images", flags: [all, PruneFilter.flag, Confirmation.force],
        action: { parsed in
            let filter = try PruneFilter(parsed[PruneFilter.flag])
            let what = parsed[all] ? "all images without at least one container associated to them" : "all dangling images"
            guard try Confirmation.ask("This will remove \(what).", parsed) else { return 0 }
            let removed = try prune(Globals.engine(parsed), all: parsed[all], filter)
            Confirmation.report("Deleted Images", removed.lines)
            Confirmation.total(removed.bytes)
            return 0
        })

    /// Removes the images and what none needs any more.
    ///
    /// - Returns: Docker's lines, and the bytes.
    static func prune(_ engine: Engine, all: Bool, _ filter: PruneFilter) throws(ApusError) -> (lines: [String], bytes: Int) {
        let users = try ImageUsers(engine)
        let images = try engine.images.list()
        let meant = Set(images.filter { filter.matches(created: $0.created, labels: $0.labels) }.map(\.id))
        var lines: [String] = []
        if all {
            // Without their names they dangle, and are counted and removed with the others.
            let unused = Set(images.filter { $0.repository != nil && users[$0.id].isEmpty && meant.contains($0.id) }.map(\.id))
            for id in unused.sorted() {
                lines += try engine.images.remove(id.description, force: true, users: { _ in [""] }).map(\.description)
            }
        }
        let report = try engine.images.prune(danglingImages: true) { id in meant.contains(id) ? users[id] : ["the filter"] }
        lines += (report.images + report.layers).map { "Deleted: \($0)" }
        return (lines, report.bytes)
    }
}
