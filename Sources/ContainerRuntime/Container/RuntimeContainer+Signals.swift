import Cgroups
import Glibc
public import LinuxSystem

extension RuntimeContainer {
    /// Sends a signal to its first process, or to all of them.
    ///
    /// - Throws: `ApusError` with `.conflict` and "container not running" when there is nobody to take it.
    public func kill(_ signal: Signal, all: Bool) throws(ApusError) {
        let status = self.status()
        // Processes may be left of a container without a pid namespace of its own.
        if all && (status != .stopped || record.cgroup != nil) { return try signalAll(signal) }
        // Without a pid namespace of its own the others would go on, and go on after the first one's end.
        let isShared = signal == .kill && record.namespaces & NamespaceKinds.pid.rawValue == 0
        if isShared && status != .creating, try cgroup?.processes().isEmpty == false { return try killAll() }
        guard status != .stopped && status != .creating, let process = try process() else { throw Self.notRunning }
        if isShared { return try killAll() }
        guard try process.send(signal.number) else { throw Self.notRunning }
        // A frozen one could not take it.
        if signal == .kill, status == .paused { try cgroup?.thaw() }
    }

    /// Whether there is somebody to take a signal, as kill(2) tells for signal 0; with all of a cgroup there may be nobody.
    public func probe(all: Bool) throws(ApusError) {
        if all && record.cgroup != nil { return }
        let status = self.status()
        guard status != .stopped && status != .creating, try process() != nil else { throw Self.notRunning }
    }

    static var notRunning: ApusError { ApusError(.conflict, "container not running") }

    private func signalAll(_ signal: Signal) throws(ApusError) {
        if signal == .kill { return try killAll() }
        for pid in try cgroup?.processes() ?? [] { _ = try? ProcessHandle(pid: pid).send(signal.number) }
    }

    /// Ends every process, frozen or not.
    func killAll() throws(ApusError) {
        if let process = try process() { _ = try process.send(SIGKILL) }
        try cgroup?.kill()
    }

    /// Stops all processes until `resume`.
    public func pause() throws(ApusError) {
        let status = self.status()
        guard status == .running || status == .created else {
            throw ApusError(.conflict, "cannot pause container \(id): it is \(status.rawValue)")
        }
        try needCgroup().freeze()
    }

    /// Lets the processes of a paused container go on.
    public func resume() throws(ApusError) {
        let status = self.status()
        guard status == .paused else { throw ApusError(.conflict, "cannot resume container \(id): it is \(status.rawValue), not paused") }
        try needCgroup().thaw()
    }

    func needCgroup() throws(ApusError) -> Cgroup {
        guard let cgroup else { throw ApusError(.conflict, "container \(id) has no cgroup") }
        return cgroup
    }

    /// The pids of all its processes on the host, also of those in cgroups below its own.
    public func processes() throws(ApusError) -> [Int32] { try needCgroup().processes() }
}
