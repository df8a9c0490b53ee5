import Cgroups
public import LinuxSystem

extension Engine {
    /// Freezes every process of a running container.
    ///
    /// - Throws: `ApusError` with `.conflict` when it does not run or is frozen already.
    public func pause(_ record: ContainerRecord) throws(ApusError) {
        try withCgroup(of: record) { cgroup throws(ApusError) in
            if try cgroup.isFrozen() { throw ApusError(.conflict, "container \(record.name) is already paused") }
            try cgroup.freeze()
        }
    }

    /// Lets a frozen container go on.
    ///
    /// - Throws: `ApusError` with `.conflict` when it is not frozen.
    public func unpause(_ record: ContainerRecord) throws(ApusError) {
        try withCgroup(of: record) { cgroup throws(ApusError) in
            if try !cgroup.isFrozen() { throw ApusError(.conflict, "container \(record.name) is not paused") }
            try cgroup.thaw()
        }
    }

    private func withCgroup(of record: ContainerRecord, _ body: (Cgroup) throws(ApusError) -> Void) throws(ApusError) {
        guard try containers.run(of: record) != nil, let cgroup = try containers.cgroup(of: record) else { throw containers.notRunning(record) }
        do {
            try body(cgroup)
        } catch {
            // The cgroup's files go when the container ends.
            if error.code != .conflict, try containers.run(of: record) == nil { throw containers.notRunning(record) }
            throw error
        }
    }
}
