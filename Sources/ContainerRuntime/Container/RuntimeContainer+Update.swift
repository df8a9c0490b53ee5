public import Cgroups
import JSONCoding
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

    /// Changes the container's share of cache and memory bandwidth; what is nil stays.
    ///
    /// A container that had none gets a group, and its processes go there.
    /// - Throws: `ApusError` where no resctrl file system is mounted, or with what the kernel says of the schemata.
    public func updateShares(l3CacheSchema: String?, memBwSchema: String?) throws(ApusError) {
        let lock = try store.lock(id)
        defer { withExtendedLifetime(lock.raw) {} }
        var container = try store.find(id)
        guard container.status() != .stopped else { throw ApusError(.conflict, "cannot update container \(id): it is stopped") }
        var spec = try container.spec()
        var settings = spec.linux?.intelRdt ?? LinuxIntelRdt()
        if let l3CacheSchema { settings.l3CacheSchema = l3CacheSchema }
        if let memBwSchema { settings.memBwSchema = memBwSchema }
        let hadOne = spec.linux?.intelRdt != nil
        let group = try ResctrlGroup.update(settings, containerID: id)
        // On record first: `delete` removes the group, and `exec` joins it.
        spec.linux = spec.linux ?? Linux()
        spec.linux?.intelRdt = settings
        try replaceFile("\(store.directory(id))/config.json", with: try writeJSON(spec), mode: 0o600)
        container.record.concernsLater = true
        try store.write(container.record)
        if !hadOne { for pid in try container.processes() { try group.add(pid) } }
    }

    /// The numbers of `events --stats`.
    public func stats() throws(ApusError) -> RuntimeStats {
        guard status() != .stopped else { throw ApusError(.conflict, "container with id \(id) is not running") }
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
