import Cgroups
import Glibc
import LinuxSystem

/// A running container that is frozen until `release`, or until the next command looks at it where this one was killed.
///
/// While it lives its owner holds the directory of the snapshot that the intent names: that tells a killed owner from one at work.
struct Standstill {
    private let record: ContainerRecord
    private let run: RunRecord
    private let cgroup: Cgroup
    private let containers: ContainerStore
    private let wasFrozen: Bool

    /// Freezes it; one that is frozen already stays so in the end.
    ///
    /// - Parameter id: of the snapshot, or what stands for one, whose directory the caller holds.
    init(_ record: ContainerRecord, _ run: RunRecord, _ cgroup: Cgroup, id: String, _ containers: ContainerStore) throws(ApusError) {
        (self.record, self.run, self.cgroup, self.containers) = (record, run, cgroup, containers)
        var intent = SnapshotIntent(kind: .copy, id: id, wasFrozen: true)
        try containers.write(intent, of: record)
        do throws(ApusError) {
            // Only now: before, it may have been another command of this kind that froze it.
            if try !cgroup.isFrozen() {
                intent.wasFrozen = false
                try containers.replace(intent, of: record)
                try cgroup.freeze()
            }
            wasFrozen = intent.wasFrozen
        } catch {
            if !intent.wasFrozen { try? containers.letGo(cgroup) }
            try? containers.removeIntent(of: record.id)
            throw error
        }
    }

    /// Whether it ran and stood still to this moment: another command may have let it go on, or ended it.
    func holds() throws(ApusError) -> Bool {
        guard try containers.run(of: record) == run else { return false }
        return try cgroup.isFrozen()
    }

    /// Lets it go on.
    func release() throws(ApusError) {
        if !wasFrozen, try containers.run(of: record) == run {
            do { try containers.letGo(cgroup) } catch { if try containers.run(of: record) == run { throw error } }
        }
        try containers.removeIntent(of: record.id)
    }
}

/// A running container that stands still for a commit; Ctrl-C waits until it goes on, and after a kill the next command lets it go on.
final class StillContainer {
    private let standstill: Standstill
    private let directory: String
    private let lock: OwnedFD
    private var mask: sigset_t
    private var isReleased = false

    /// Freezes it; nil where it ended meanwhile.
    init?(_ record: ContainerRecord, _ engine: Engine) throws(ApusError) {
        guard let run = try engine.containers.run(of: record), let cgroup = try engine.containers.cgroup(of: record) else { return nil }
        var (ending, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&ending)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { unsafe sigaddset(&ending, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &ending, &before)
        // An empty directory in the place of a snapshot's.
        let id = ContainerRecord.randomID()
        let directory = engine.paths.snapshot(id)
        do throws(ApusError) {
            let all = try engine.lockSnapshots(shared: true)
            try systemCall("cannot make directory \(directory)") { unsafe mkdir(directory, 0o700) }
            lock = try DirectoryLock.take(directory)
            _ = consume all
            standstill = try Standstill(record, run, cgroup, id: id, engine.containers)
        } catch {
            try? removeTree(directory)
            unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
            // Ended meanwhile: then nothing changes it either.
            if try engine.containers.run(of: record) != run { return nil }
            throw error
        }
        self.directory = directory
        mask = before
    }

    /// Lets it go on, once.
    func release() {
        if isReleased { return }
        isReleased = true
        // One that was killed meanwhile needs it no more.
        try? standstill.release()
        try? removeTree(directory)
        unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}
