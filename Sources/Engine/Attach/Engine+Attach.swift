import ContainerRuntime
public import LinuxSystem

extension Engine {
    /// Stands in front of a running container, beside those who do already, until it ends; returns its exit code, 0 after the detach keys.
    ///
    /// - Throws: `ApusError` with `.conflict` when the container is not running or paused.
    public func attach(_ options: AttachSession.Options, to record: ContainerRecord) throws(ApusError) -> Int32 {
        let state = try containers.state(of: record)
        if state.status == .paused { throw ApusError(.conflict, "cannot attach to container \(record.name): it is paused", hint: "unpause it first") }
        guard state.isRunning else { throw ApusError(.conflict, "cannot attach to container \(record.name): it is not running", hint: "start it first") }
        let connection: MonitorConnection
        do {
            connection = try MonitorConnection(attachingTo: paths.running(record.id))
        } catch {
            // It may have ended in between.
            if try containers.state(of: record).isRunning { throw error }
            throw ApusError(.conflict, "cannot attach to container \(record.name): it is not running", hint: "start it first")
        }
        var options = options
        options.tty = record.settings.tty
        options.stdin = options.stdin && record.settings.openStdin
        let session = try AttachSession(connection, options) { [containers] signal in try? containers.send(signal, to: record) }
        switch try session.run() {
        case .ended(let code, _): return code
        case .detached: return 0
        case .lost:
            if let exit = try containers.state(of: record).exit { return exit.exitCode }
            throw ApusError(.system, "the monitor of container \(record.shortID) was lost, and the container with it")
        }
    }
}
