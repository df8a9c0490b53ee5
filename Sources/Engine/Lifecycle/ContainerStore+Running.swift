import Cgroups
import ContainerRuntime
public import LinuxSystem

/// A run of a container by handles of its first process and of its monitor: whatever is done with them reaches no later run and no stranger.
final class RunHandles {
    let record: ContainerRecord
    private let process: ProcessHandle
    private let monitor: ProcessHandle
    private let cgroup: Cgroup?

    fileprivate init(_ record: ContainerRecord, process: consuming ProcessHandle, monitor: consuming ProcessHandle, cgroup: Cgroup?) {
        self.record = record
        self.process = process
        self.monitor = monitor
        self.cgroup = cgroup
    }

    /// Sends a signal to process 1; false when it has ended.
    ///
    /// A frozen container goes on, as in Docker, so that it can take the signal.
    func send(_ signal: Int32) throws(ApusError) -> Bool {
        guard try process.send(signal) else { return false }
        if let cgroup, (try? cgroup.isFrozen()) == true { try cgroup.thaw() }
        return true
    }

    /// Ends every process at once, frozen or not, and waits until the records are written.
    func kill() throws(ApusError) {
        // Process 1 takes its pid namespace along, the cgroup what is outside of it.
        _ = try process.send(Signal.kill.number)
        try cgroup?.kill()
        guard try waitForEnd(seconds: 30) else {
            throw ApusError(.system, "container \(record.name) did not end within 30 s of SIGKILL", hint: "a process of it may hang in the kernel")
        }
    }

    /// Waits until the run has ended and its records are written; false when `seconds` have passed before.
    ///
    /// Nil waits for ever.
    func waitForEnd(seconds: Double?) throws(ApusError) -> Bool { try monitor.waitForEnd(seconds: seconds) }
}

extension ContainerStore {
    /// The run of a container; nil when it does not run.
    func handles(of record: ContainerRecord) throws(ApusError) -> RunHandles? {
        guard let run = try run(of: record) else { return nil }
        do throws(ApusError) {
            let process = try ProcessHandle(pid: run.pid)
            let monitor = try ProcessHandle(pid: run.monitorPid)
            let cgroup = try cgroup(of: record)
            // The monitor reaps process 1 after everything else and holds the lock to its own end: if this run still goes on once the handles are
            // there, the numbers were not somebody else's.
            guard try self.run(of: record) == run else { return nil }
            return RunHandles(record, process: process, monitor: monitor, cgroup: cgroup)
        } catch  where error.errno == 3 {  // ESRCH
            return nil
        }
    }

    /// What is known of the run of a container; nil when it does not run.
    public func run(of record: ContainerRecord) throws(ApusError) -> RunRecord? {
        guard try FileLock.isHeld(paths.lock(record.id)) else { return nil }
        return try readRecordIfPresent(RunRecord.self, "\(paths.running(record.id))/state.json")
    }

    /// Sends a signal to process 1 of a running container.
    ///
    /// - Throws: `ApusError` with `.conflict` when it does not run.
    public func send(_ signal: Int32, to record: ContainerRecord) throws(ApusError) {
        guard let run = try handles(of: record), try run.send(signal) else { throw notRunning(record) }
    }

    /// The sentence for what needs a running container.
    func notRunning(_ record: ContainerRecord) -> ApusError {
        ApusError(.conflict, "container \(record.name) is not running")
    }

    /// The sentence for what was removed meanwhile.
    func removed(_ record: ContainerRecord) -> ApusError {
        ApusError(.notFound, "no such container: \(record.name)")
    }
}
