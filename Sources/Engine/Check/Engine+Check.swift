import Glibc
public import ImageStore
public import LinuxSystem
import OCISpec

extension Engine {
    /// Looks for damage in everything that the instance keeps, and mends it if that is wanted.
    ///
    /// Without `repairs` nothing is written. With it, what killed commands left half done is finished or removed too.
    public func check(
        repairs: Bool, _ options: CheckOptions = CheckOptions(), progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws(ApusError) -> InstanceCheck {
        if repairs { try Engine.requireRoot(to: "repair") }
        var walk = try InstanceWalk(engine: self)
        var store = try images.check(options, users: { walk.users[$0.hex] ?? [] }, progress: progress)
        if repairs {
            store = try images.repair(store, options) { chainID throws(ApusError) in try containersRunning(on: chainID) }
            for position in walk.damages.indices { try walk.repair(position) }
            // What is not known to be whole may be needed by what is damaged.
            if walk.recordsAreWhole { _ = try pruneLeftovers() }
            do { _ = try images.prune() } catch  where error.code == .malformed {}
        }
        var check = walk.check
        (check.images, check.blobs, check.layers, check.garbage) = (store.images, store.blobs, store.layers, store.garbage)
        check.damages = store.findings.map { walk.damage($0) } + walk.damages
        return check
    }

    /// The names of the containers that run on a layer.
    func containersRunning(on chainID: Digest) throws(ApusError) -> [String] {
        var names: [String] = []
        for id in try listDirectory(paths.containers) {
            guard let record = try? readRecordIfPresent(ContainerRecord.self, "\(paths.container(id))/container.json") else { continue }
            guard record.layers.contains(where: { $0.utf8.count >= 8 && chainID.hex.hasPrefix($0) }), try FileLock.isHeld(paths.lock(id)) else { continue }
            names.append(record.name)
        }
        return names.sorted()
    }
}
