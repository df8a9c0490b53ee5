import CShim
import Cgroups
import ContainerRuntime
import Glibc
public import LinuxSystem

/// A new snapshot, which is not collected while this lives: nothing may stand on it yet.
struct TakenSnapshot: ~Copyable {
    let record: SnapshotRecord
    /// The lock of all snapshots, or of the new one's directory.
    let lock: OwnedFD
}

extension Engine {
    /// Takes a snapshot of a container's files.
    ///
    /// Of a stopped one nothing is copied: what it wrote becomes the snapshot's layer, and it goes on above that. A running one is frozen while
    /// what it wrote is copied.
    ///
    /// - Parameter name: nil for the next of `snap1`, `snap2` and so on.
    /// - Throws: `ApusError` with `.conflict` when it has a snapshot of this name.
    public func takeSnapshot(of container: ContainerRecord, name: String?) throws(ApusError) -> SnapshotRecord {
        try Engine.requireRoot(to: "take snapshots")
        if let name, !Self.isSnapshotName(name) {
            throw ApusError(
                .invalidArgument, "invalid snapshot name \"\(name)\"", hint: "letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")
        }
        let taken = try take(container) { current throws(ApusError) in
            let names = try snapshots(of: current).map(\.name)
            if let name, names.contains(name) {
                throw ApusError(.conflict, "container \(current.name) has a snapshot \(name) already", hint: "remove it or choose another name")
            }
            return SnapshotRecord(of: current, name: name ?? Self.nextName(names))
        }
        return taken.record
    }

    private static func nextName(_ names: [String]) -> String {
        let numbers = names.compactMap { $0.hasPrefix("snap") ? Int($0.dropFirst(4)) : nil }
        return "snap\((numbers.max() ?? 0) + 1)"
    }

    /// - Parameter draft: makes the record of the new snapshot; called again when the snapshot is complete, so that its name is still free.
    func take(_ container: ContainerRecord, _ draft: (ContainerRecord) throws(ApusError) -> SnapshotRecord) throws(ApusError) -> TakenSnapshot {
        guard let claimed = try claim(container) else { return try copy(container, draft) }
        let record = claimed.record
        // The kernel stacks 500 at most, and the skeleton and the mountpoints are among them.
        guard record.layers.count < 480 else {
            throw ApusError(.notSupported, "cannot take a snapshot of container \(record.name): it stands on \(record.layers.count) layers already")
        }
        let lock = try lockSnapshots(shared: true)
        let snapshot = try draft(record)
        let intent = SnapshotIntent(kind: .take, id: snapshot.id, snapshot: snapshot, layers: snapshot.stack, lineage: snapshot.lineage)
        try containers.carryOut(intent, of: record)
        _ = consume claimed
        return TakenSnapshot(record: snapshot, lock: lock)
    }

    private func copy(
        _ container: ContainerRecord, _ draft: (ContainerRecord) throws(ApusError) -> SnapshotRecord
    ) throws(ApusError) -> TakenSnapshot {
        guard let run = try containers.run(of: container), let cgroup = try containers.cgroup(of: container) else {
            throw ApusError(.conflict, "container \(container.name) ended just now", hint: "try again")
        }
        let record = try containers.current(container)
        var snapshot = try draft(record)
        let directory = paths.snapshot(snapshot.id)
        let all = try lockSnapshots(shared: true)
        try systemCall("cannot make directory \(directory)") { unsafe mkdir(directory, 0o700) }
        let lock = try DirectoryLock.take(directory)
        _ = consume all
        do {
            try copyFrozen(record, run, cgroup, snapshot, into: "\(directory)/fs")
            // What a power cut must not take.
            try systemCall("cannot sync the file system of \(directory)") { [raw = lock.raw] in apus_syncfs(raw) }
            let all = try lockSnapshots(shared: true)
            snapshot.name = try draft(record).name
            try containers.linkSnapshot(snapshot.id)
            try writeRecord(snapshot, "\(directory)/snapshot.json", durability: .synced)
            _ = consume all
        } catch {
            try? unlinkSnapshot(snapshot.id)
            try? removeTree(directory)
            throw error
        }
        let lineage = snapshot.lineage
        do {
            try containers.change(record) { current in current.snapshots = lineage }
        } catch  where error.code == .notFound {
            // With --rm it is gone when it has ended.
        }
        return TakenSnapshot(record: snapshot, lock: lock)
    }

    /// Copies what a running container wrote while nothing of it runs.
    private func copyFrozen(
        _ record: ContainerRecord, _ run: RunRecord, _ cgroup: Cgroup, _ snapshot: SnapshotRecord, into place: String
    ) throws(ApusError) {
        let upper = "\(paths.container(record.id))/upper"
        try systemCall("cannot make directory \(place)") { unsafe mkdir(place, 0o700) }
        let source = try openDirectory(upper)
        let target = try openDirectory(place)
        // An interrupt must not leave it frozen.
        let signals = OwnedFD(
            adopting: try systemCall("cannot receive signals") { unsafe apus_signal_queue([SIGINT, SIGTERM, SIGHUP], 3) })
        var failure: ApusError?
        do throws(ApusError) {
            let still = try Standstill(record, run, cgroup, id: snapshot.id, containers)
            do throws(ApusError) {
                let options = TreeCopyOptions(attributes: .ofLayer) { () throws(ApusError) in
                    if apus_signal_next(signals.raw) > 0 { throw ApusError(.conflict, "interrupted: no snapshot of container \(record.name) was taken") }
                }
                try copyTree(source, into: target, name: upper, options)
                guard try still.holds() else {
                    throw ApusError(
                        .conflict, "container \(record.name) went on while its files were copied: no snapshot was taken", hint: "try again")
                }
            } catch { failure = error }
            try still.release()
        } catch { failure = failure ?? error }
        guard let failure else { return }
        if failure.code != .conflict, try containers.run(of: record) != run {
            throw ApusError(.conflict, "container \(record.name) ended while its files were copied: no snapshot was taken", hint: "try again")
        }
        throw failure
    }
}
