import ContainerRuntime
import Glibc
public import LinuxSystem

extension Engine {
    /// Rolls a container's files back to a snapshot of it; nothing is copied.
    ///
    /// A running one is stopped as `stop` does, and started again: what was in its memory is lost.
    ///
    /// - Returns: whether it was stopped and started again.
    public func restore(_ container: ContainerRecord, to snapshot: Snapshot) throws(ApusError) -> Bool {
        try Engine.requireRoot(to: "restore snapshots")
        if container.settings.autoRemove {
            throw ApusError(
                .conflict, "cannot restore container \(container.name): with --rm it is removed when it stops", hint: "clone its snapshot instead")
        }
        let stopping = try beginStop(container)
        try stopping?.finish()
        guard let claimed = try claim(container) else {
            throw ApusError(.conflict, "cannot restore container \(container.name): another process started it meanwhile")
        }
        try rollBack(claimed.record, to: snapshot)
        if stopping != nil {
            let record = try containers.current(claimed.record)
            let restored = CreatedContainer(record: record, lock: try claimed.lock.duplicate())
            _ = try start(restored, monitor: try startMonitor(record.settings), ContainerStart.Options())
        }
        // What it wrote since.
        try collectSnapshots()
        return stopping != nil
    }

    /// The caller holds the container's lock.
    private func rollBack(_ record: ContainerRecord, to snapshot: Snapshot) throws(ApusError) {
        let lock = try lockSnapshots(shared: true)
        guard let target = try readSnapshot(snapshot.record.id), target.name != nil else {
            throw ApusError(.notFound, "snapshot \(snapshot.containerName):\(snapshot.name) was removed meanwhile")
        }
        let intent = SnapshotIntent(kind: .restore, id: ContainerRecord.randomID(), layers: target.stack, lineage: target.lineage)
        try containers.carryOut(intent, of: record)
        _ = consume lock
    }
}
