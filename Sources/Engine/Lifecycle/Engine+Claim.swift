import Cgroups
import Glibc
public import LinuxSystem
import Network

extension Engine {
    /// Takes the lock of a container that does not run, and cleans up after a run that lost its monitor.
    ///
    /// Another command that is just creating, starting or removing it, and a monitor that is just recording its end, are waited for.
    ///
    /// - Parameter patience: for how many seconds.
    /// - Returns: the container with its record as it is now; nil when it runs.
    /// - Throws: `ApusError` with `.notFound` when it was removed meanwhile, `.conflict` when the other command takes too long.
    public func claim(_ record: ContainerRecord, patience: Double = 10) throws(ApusError) -> CreatedContainer? {
        let end = monotonicNanoseconds() + UInt64(patience * 1e9)
        var pause: UInt32 = 100
        while true {
            _ = try containers.current(record)
            if let lock = try containers.takeLock(record.id) { return CreatedContainer(record: try cleared(record), lock: lock) }
            if try containers.run(of: record) != nil { return nil }
            guard monotonicNanoseconds() < end else {
                throw ApusError(.conflict, "container \(record.name) is busy: another command is creating, starting or removing it")
            }
            // Who holds the lock has not said who it is: there is no descriptor to wait for.
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
    }

    /// The record of a container whose lock was just taken, after `recover`.
    private func cleared(_ record: ContainerRecord) throws(ApusError) -> ContainerRecord {
        let current: ContainerRecord
        do {
            try containers.finishIntent(of: record.id)
            current = try containers.current(record)
        } catch {
            // Removed between the look and the lock, which we made anew.
            if error.code == .notFound { try? removeTree(paths.lock(record.id)) }
            throw error
        }
        try recover(current)
        // A container with --rm that has an upper directory ran, and would be gone had its monitor not been lost.
        if current.settings.autoRemove, fileExists("\(paths.container(record.id))/upper") {
            try discard(current)
            throw containers.removed(record)
        }
        return current
    }

    /// Removes what a run left that nobody was there to clean up after: processes, cgroup, run directory.
    ///
    /// The caller holds the lock. How the run ended is on record: a start writes that its monitor was lost, and only the monitor replaces it.
    func recover(_ record: ContainerRecord) throws(ApusError) { try recover(runOf: record.id) }

    /// The same for a container that may be gone itself.
    func recover(runOf id: String) throws(ApusError) {
        let running = paths.running(id)
        guard fileExists(running) else { return }
        if let record = try? readRecordIfPresent(CgroupRecord.self, "\(running)/cgroup.json") {
            let cgroup = Cgroup(existing: record)
            try cgroup.kill()
            try cgroup.remove(within: 10, withEmptyParents: true)
        }
        networks.release(id)
        try removeTree(running)
    }
}
