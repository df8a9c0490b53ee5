public import Cgroups
public import LinuxSystem
public import OCISpec

extension RuntimeContainer {
    /// Changes limits; what `resources` does not name stays, and so do the device rules, as in runc.
    public func update(_ resources: LinuxResources) throws(ApusError) {
        let lock = try store.lock(id)
        defer { withExtendedLifetime(lock.raw) {} }
        var container = try store.find(id)
        guard container.status() != .stopped else { throw ApusError(.conflict, "cannot update container \(id): it is stopped") }
        var resources = resources
        resources.devices = nil
        let host = try CgroupHost.detect()
        var cgroup = try container.needCgroup()
        try container.record.unit?.update(resources, of: cgroup, on: host)
        defer {
            // Hierarchies that were made count after an error too.
            container.record.cgroup = cgroup.record
            try? store.write(container.record)
        }
        try cgroup.update(resources, on: host)
    }

    /// The numbers of `events --stats`.
    public func stats() throws(ApusError) -> RuntimeStats {
        guard status() != .stopped else { throw Self.notRunning }
        var stats = try needCgroup().runtimeStats()
        if record.concernsLater, let settings = try spec().linux?.intelRdt { stats.intelRdt = try ResctrlGroup(settings, containerID: id).statistics() }
        return stats
    }

    /// Watches for want of memory.
    public func watchOutOfMemory() throws(ApusError) -> OutOfMemoryWatch {
        guard status() != .stopped else { throw Self.notRunning }
        return try needCgroup().watchOutOfMemory()
    }
}
