public import ContainerRuntime
public import LinuxSystem

/// A container that was told to stop.
public struct StoppingContainer {
    let run: RunHandles
    /// Of `monotonicNanoseconds`; nil for none.
    let deadline: UInt64?

    /// Waits for its end, and ends every process of it when its time has passed.
    public func finish() throws(ApusError) {
        let seconds = deadline.map { Double($0 - min($0, monotonicNanoseconds())) / 1e9 }
        if try !run.waitForEnd(seconds: seconds) { try run.kill() }
    }
}

extension Engine {
    /// Sends a container its stop signal; nil when it does not run.
    ///
    /// Several are told first and then waited for, so that together they take no longer than the slowest.
    ///
    /// - Parameters:
    ///   - timeout: seconds; below 0 waits for ever; nil takes the container's own, 10 by default.
    ///   - signal: nil takes the container's own, SIGTERM by default.
    public func beginStop(_ record: ContainerRecord, timeout: Int? = nil, signal: Signal? = nil) throws(ApusError) -> StoppingContainer? {
        guard let run = try containers.handles(of: record) else { return nil }
        let own = try record.settings.stopSignal.map { name throws(ApusError) in try Signal(name) }
        _ = try run.send((signal ?? own ?? .terminate).number)
        let seconds = timeout ?? record.settings.stopTimeout ?? 10
        return StoppingContainer(run: run, deadline: seconds < 0 ? nil : monotonicNanoseconds() + UInt64(min(seconds, 1 << 32)) * 1_000_000_000)
    }

    /// Sends a signal to process 1; SIGKILL to all of the container, whose end is waited for.
    ///
    /// - Throws: `ApusError` with `.conflict` when it does not run.
    public func kill(_ record: ContainerRecord, _ signal: Signal) throws(ApusError) {
        guard let run = try containers.handles(of: record) else { throw containers.notRunning(record) }
        if signal == .kill { return try run.kill() }
        guard try run.send(signal.number) else { throw containers.notRunning(record) }
    }
}
