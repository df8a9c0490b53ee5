public import ContainerRuntime
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
        options.redraws = options.tty
        let session = try AttachSession(connection, options, isNew: true) { [containers] signal in try? containers.send(signal, to: record) }
        let outcome = try session.run()
        if let status = outcome.status { return status }
        let after = try containers.state(of: record)
        if let exit = after.exit { return exit.exitCode }
        if outcome == .refused && after.isRunning {
            throw ApusError(.conflict, "cannot attach to container \(record.name): too many are attached already")
        }
        throw ApusError(.system, "the monitor of container \(record.shortID) was lost, and the container with it")
    }
}
