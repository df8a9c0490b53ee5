public import Cgroups

extension PlanContext {
    /// What a mount of type `cgroup` becomes: the v2 tree, or a directory for each v1 hierarchy in which the container has a cgroup.
    ///
    /// With a cgroup namespace the file systems themselves are mounted, and show no more than the container's own part. Without one the own
    /// directories are bound on v1; on v2 the whole tree is mounted, as in runc, where the container's /proc/self/cgroup has its path, and in a
    /// user namespace, which may not mount that, the own directory is bound.
    ///
    /// - Parameters:
    ///   - directories: the container's own on the host (`CgroupRecord.directories`).
    ///   - hasNamespace: whether the container has a cgroup namespace, new or joined.
    public static func cgroupMounts(
        host: CgroupHost, directories: [String], hasNamespace: Bool, inUserNamespace: Bool = false
    ) -> [CgroupMount] {
        func own(_ hierarchy: CgroupHost.Hierarchy) -> String? {
            directories.first { $0 == hierarchy.mount || $0.hasPrefix(hierarchy.mount + "/") }
        }
        if host.layout == .unified, let unified = host.unified {
            return [CgroupMount(type: "cgroup2", source: hasNamespace || !inUserNamespace ? nil : own(unified))]
        }
        var mounts: [CgroupMount] = []
        for hierarchy in host.legacy {
            guard let directory = own(hierarchy) else { continue }
            let controllers = hierarchy.controllers.joined(separator: ",")
            mounts.append(CgroupMount(type: "cgroup", options: controllers, directory: controllers, source: hasNamespace ? nil : directory))
        }
        if let unified = host.unified, let directory = own(unified) {
            mounts.append(CgroupMount(type: "cgroup2", directory: "unified", source: hasNamespace ? nil : directory))
        }
        return mounts
    }
}
