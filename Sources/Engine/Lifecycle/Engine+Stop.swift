import Cgroups
public import ContainerRuntime
public import LinuxSystem

extension Engine {
    /// Ends a container: its stop signal, and SIGKILL to all of it when the time has passed.
    ///
    /// One that does not run is left as it is.
    ///
    /// - Parameters:
    ///   - timeout: seconds; -1 waits for ever; nil takes the container's own, 10 by default.
    ///   - signal: nil takes the container's own, SIGTERM by default.
    public func stop(_ record: ContainerRecord, timeout: Int? = nil, signal: Signal? = nil) throws(ApusError) {
        guard let process = try containers.process(of: record) else { return }
        let own = try record.settings.stopSignal.map { name throws(ApusError) in try Signal(name) }
        _ = try process.send((signal ?? own ?? .terminate).number)
        try thawIfPaused(record)
        let seconds = timeout ?? record.settings.stopTimeout ?? 10
        if try containers.waitForEnd(of: record, seconds: seconds < 0 ? nil : Double(seconds)) { return }
        try killAll(record)
    }

    /// Sends a signal to process 1; SIGKILL to all of the container.
    ///
    /// - Throws: `ApusError` with `.conflict` when it does not run.
    public func kill(_ record: ContainerRecord, _ signal: Signal) throws(ApusError) {
        try containers.send(signal.number, to: record)
        if signal == .kill {
            try thawIfPaused(record)
            _ = try containers.waitForEnd(of: record, seconds: 10)
        }
    }

    /// Ends every process of a container at once and waits until its records are written.
    func killAll(_ record: ContainerRecord) throws(ApusError) {
        guard let process = try containers.process(of: record) else { return }
        _ = try process.send(Signal.kill.number)
        try containers.cgroup(of: record)?.kill()
        guard try containers.waitForEnd(of: record, seconds: 30) else {
            throw ApusError(.system, "container \(record.name) did not end within 30 s of SIGKILL", hint: "a process of it may hang in the kernel")
        }
    }

    /// A frozen process takes signals only when it is thawed.
    private func thawIfPaused(_ record: ContainerRecord) throws(ApusError) {
        if try containers.state(of: record).status == .paused { try containers.cgroup(of: record)?.thaw() }
    }

    /// Freezes every process of a running container.
    public func pause(_ record: ContainerRecord) throws(ApusError) {
        switch try containers.state(of: record).status {
        case .running: try cgroup(of: record).freeze()
        case .paused: throw ApusError(.conflict, "container \(record.name) is already paused")
        default: throw containers.notRunning(record)
        }
    }

    /// Lets a frozen container go on.
    public func unpause(_ record: ContainerRecord) throws(ApusError) {
        guard try containers.state(of: record).status == .paused else {
            throw ApusError(.conflict, "container \(record.name) is not paused")
        }
        try cgroup(of: record).thaw()
    }

    private func cgroup(of record: ContainerRecord) throws(ApusError) -> Cgroup {
        guard let cgroup = try containers.cgroup(of: record) else { throw containers.notRunning(record) }
        return cgroup
    }
}
