import ContainerRuntime
public import LinuxSystem

extension ContainerStore {
    /// Sends a signal to process 1 of a running container.
    ///
    /// - Throws: `ApusError` with `.conflict` when it does not run.
    public func send(_ signal: Int32, to record: ContainerRecord) throws(ApusError) {
        guard let process = try process(of: record), try process.send(signal) else { throw notRunning(record) }
    }

    /// Process 1 of a container; nil when it does not run.
    public func process(of record: ContainerRecord) throws(ApusError) -> ProcessHandle? {
        try handle(of: record, \.pid)
    }

    /// The monitor of a container; nil when it does not run.
    func monitor(of record: ContainerRecord) throws(ApusError) -> ProcessHandle? {
        try handle(of: record, \.monitorPid)
    }

    /// The monitor reaps process 1 after everything else, and holds the lock to its own end: if the container still runs once the handle is there, the
    /// number was not somebody else's.
    private func handle(of record: ContainerRecord, _ pid: (RunRecord) -> Int32) throws(ApusError) -> ProcessHandle? {
        guard let run = try state(of: record).run else { return nil }
        do throws(ApusError) {
            let process = try ProcessHandle(pid: pid(run))
            if try state(of: record).run != run { return nil }
            return process
        } catch  where error.errno == 3 {  // ESRCH
            return nil
        }
    }

    /// Waits until a container does not run and its records are written; false when `seconds` have passed before.
    func waitForEnd(of record: ContainerRecord, seconds: Double?) throws(ApusError) -> Bool {
        guard let monitor = try monitor(of: record) else { return true }
        return try monitor.waitForEnd(seconds: seconds)
    }

    /// The sentence for what needs a running container.
    func notRunning(_ record: ContainerRecord) -> ApusError {
        ApusError(.conflict, "container \(record.name) is not running")
    }
}
