import ContainerRuntime
public import LinuxSystem

extension Engine {
    /// Waits until a container has ended, and returns its exit code; that of the last run when it does not run.
    ///
    /// - Throws: `ApusError` when it was removed before it could say how it ended.
    public func wait(for record: ContainerRecord) throws(ApusError) -> Int32 {
        guard let run = try containers.handles(of: record) else { return try containers.state(of: record).exit?.exitCode ?? 0 }
        // The monitor tells it to those who listen; a container with --rm leaves no record to read.
        if let code = try? listen(to: record) { return code }
        _ = try run.waitForEnd(seconds: nil)
        if let exit = try containers.state(of: record).exit { return exit.exitCode }
        if fileExists(paths.container(record.id)) { return ExitRecord.lost.exitCode }
        throw ApusError(.notFound, "cannot tell how container \(record.name) ended: it is removed")
    }

    /// Nil when the monitor has no place for one more listener, or was lost.
    private func listen(to record: ContainerRecord) throws(ApusError) -> Int32? {
        let connection = try MonitorConnection(attachingTo: paths.running(record.id))
        try connection.sendQuiet()
        while true {
            switch try connection.receive() {
            case .ended(let code, _): return code
            case .closed: return nil
            default: continue
            }
        }
    }
}
