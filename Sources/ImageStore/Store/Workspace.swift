import Glibc
import LinuxSystem
import Synchronization

/// The private directory of one running load: what is not renamed out of it in the end is removed with it.
///
/// Its owner holds a lock on it, so a workspace without a lock belongs to nobody alive and may be removed by anybody.
final class Workspace: Sendable {
    let path: String
    private let lock: OwnedFD
    private let count = Atomic(0)

    init(_ store: ImageStore) throws(ApusError) {
        Self.removeDead(store)
        path = "\(store.workspaces)/load-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let path = path
        // Made and locked under the store's lock: between the two calls `removeDead` would take it for dead.
        let storeLock = try StoreLock(store)
        try systemCall("cannot make directory \(path)") { unsafe mkdir(path, 0o700) }
        lock = try openDirectory(path)
        try systemCall("cannot lock \(path)") { [raw = lock.raw] in flock(raw, LOCK_EX) }
        _ = consume storeLock
    }

    /// Removes it with all that was not moved out of it.
    ///
    /// Every owner calls it in the end.
    func remove() {
        // What cannot be removed now is garbage for the next `prune`.
        try? removeTree(path)
    }

    /// A path in the workspace that is not taken.
    func newPath(_ kind: String) -> String {
        "\(path)/\(kind)-\(count.add(1, ordering: .relaxed).newValue)"
    }

    /// Whether a directory is a workspace that nobody holds.
    static func isDead(_ path: String) -> Bool {
        guard let fd = try? openDirectory(path) else { return false }
        return flock(fd.raw, LOCK_SH | LOCK_NB) == 0
    }

    /// Removes the workspaces that nobody holds; answers how many.
    ///
    /// The caller holds no workspace's lock.
    @discardableResult
    static func removeDead(_ store: ImageStore) -> Int {
        guard let names = try? listDirectory(store.workspaces), !names.isEmpty, let storeLock = try? StoreLock(store) else { return 0 }
        var removed = 0
        for name in names {
            let path = "\(store.workspaces)/\(name)"
            guard let fd = try? openDirectory(path), flock(fd.raw, LOCK_EX | LOCK_NB) == 0 else { continue }
            if (try? removeTree(path)) != nil { removed += 1 }
        }
        _ = consume storeLock
        return removed
    }
}
