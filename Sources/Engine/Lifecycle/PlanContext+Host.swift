import Cgroups
import ContainerRuntime
import LinuxSystem
import OCISpec

extension PlanContext {
    /// The facts of this host for a container that has its cgroup already.
    init(spec: Spec, host: CgroupHost, cgroup: Cgroup, entrance: borrowing CgroupEntrance, cache: String) throws(ApusError) {
        self.init()
        let legacy = cgroup.record.directories.filter { $0 != cgroup.record.unified }
        self.cgroup = .join(unified: entrance.directory >= 0, tasks: legacy.map { path in Self.hierarchy(of: path, host) })
        cgroupMounts = Self.mounts(host)
        if let profile = spec.linux?.seccomp { seccomp = try SeccompCache(directory: "\(cache)/seccomp").program(for: profile) }
    }

    private static func hierarchy(of path: String, _ host: CgroupHost) -> String {
        host.legacy.first { path.hasPrefix($0.mount + "/") }.map { $0.controllers.joined(separator: ",") } ?? path
    }

    /// What the container's /sys/fs/cgroup shows: the v2 tree, or each v1 hierarchy in a directory of its own.
    static func mounts(_ host: CgroupHost) -> [CgroupMount] {
        if host.layout == .unified { return [CgroupMount(type: "cgroup2")] }
        var mounts = host.legacy.map { CgroupMount(type: "cgroup", options: $0.controllers.joined(separator: ","), directory: $0.controllers.joined(separator: ",")) }
        if host.unified != nil { mounts.append(CgroupMount(type: "cgroup2", directory: "unified")) }
        return mounts
    }
}

extension CgroupRecord {
    /// The file that counts OOM kills; nil where memory is not accounted.
    var outOfMemoryFile: String? {
        legacy[.memory].map { "\($0)/memory.oom_control" } ?? unified.map { "\($0)/memory.events" }
    }
}
