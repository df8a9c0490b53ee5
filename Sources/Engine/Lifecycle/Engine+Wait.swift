import ContainerRuntime
public import LinuxSystem

extension Engine {
    /// Waits until a container has ended, and returns its exit code; that of the last run when it does not run.
    public func wait(for record: ContainerRecord) throws(ApusError) -> Int32 {
        // The monitor tells it to those who listen; a container with --rm leaves no record to read.
        if let connection = try? MonitorConnection(attachingTo: paths.running(record.id)) {
            try connection.sendQuiet()
            while true {
                switch try connection.receive() {
                case .ended(let code, _): return code
                case .closed: return try recordedCode(record)
                default: continue
                }
            }
        }
        _ = try containers.waitForEnd(of: record, seconds: nil)
        return try recordedCode(record)
    }

    private func recordedCode(_ record: ContainerRecord) throws(ApusError) -> Int32 {
        try containers.state(of: record).exit?.exitCode ?? 0
    }
}
