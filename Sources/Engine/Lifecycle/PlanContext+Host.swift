import Cgroups
import ContainerRuntime

extension PlanContext {
    /// The facts of this host for a container that has its cgroup already.
    init(host: CgroupHost, cgroup: Cgroup, entrance: borrowing CgroupEntrance) {
        self.init()
        let legacy = cgroup.record.directories.filter { $0 != cgroup.record.unified }
        self.cgroup = .join(unified: entrance.directory >= 0, tasks: legacy.map { path in Self.hierarchy(of: path, host) })
        cgroupMounts = Self.mounts(host) { hierarchy in legacy.contains { $0.hasPrefix(hierarchy.mount + "/") } }
    }

    private static func hierarchy(of path: String, _ host: CgroupHost) -> String {
        host.legacy.first { path.hasPrefix($0.mount + "/") }.map { $0.controllers.joined(separator: ",") } ?? path
    }

    /// What the container's /sys/fs/cgroup shows: the v2 tree, or a directory for each v1 hierarchy in which it has a cgroup of its own.
    ///
    /// In the others it is in its caller's cgroup, which is none of its business.
    static func mounts(_ host: CgroupHost, where isOwn: (CgroupHost.Hierarchy) -> Bool) -> [CgroupMount] {
        if host.layout == .unified { return [CgroupMount(type: "cgroup2")] }
        var mounts: [CgroupMount] = []
        for hierarchy in host.legacy where isOwn(hierarchy) {
            let controllers = hierarchy.controllers.joined(separator: ",")
            mounts.append(CgroupMount(type: "cgroup", options: controllers, directory: controllers))
        }
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
