public import LinuxSystem

/// Where this host has its control groups, and where the caller is in them.
///
/// Found from two small files of /proc: no directory is scanned, and nothing of the trees themselves is read.
public struct CgroupHost: Sendable, Equatable {
    /// How controllers are divided between the two interfaces.
    public enum Layout: String, Sendable {
        /// cgroup v2 alone.
        case unified
        /// Controllers in cgroup v1 hierarchies, and a cgroup v2 tree with the rest of them or none.
        case hybrid
        /// cgroup v1 alone.
        case legacy
    }

    /// One mounted hierarchy.
    public struct Hierarchy: Sendable, Equatable {
        /// The v1 names of its controllers, or `name=...`; empty for the v2 tree, which says itself what it has (`cgroup.controllers`).
        public let controllers: [String]
        /// Where it is mounted.
        public let mount: String
        /// The caller's own cgroup from the mount: "" for its root, else with a leading slash.
        public let own: String
    }

    /// The cgroup v2 tree.
    public let unified: Hierarchy?
    /// The cgroup v1 hierarchies with controllers.
    public let legacy: [Hierarchy]
    /// cgroup v1 hierarchies without a controller, such as `name=systemd`: nothing is limited there, but engines look containers up in them.
    public var named: [Hierarchy] = []

    /// How controllers are divided.
    public var layout: Layout { unified == nil ? .legacy : legacy.isEmpty ? .unified : .hybrid }

    /// Reads the layout from the two files of a process, by default the caller's.
    ///
    /// - Parameter standard: where hosts have their trees. When they are there `mountinfo`, which takes 1.5 us a mount, is not read.
    /// - Throws: `ApusError` when no cgroup file system is mounted or a file cannot be read.
    public static func detect(
        mountinfo: String = "/proc/self/mountinfo", cgroup: String = "/proc/self/cgroup", standard: String = "/sys/fs/cgroup"
    ) throws(ApusError) -> CgroupHost {
        let all = parseMemberships(try readFile(cgroup))
        let named = all.compactMap { lookUp(named: $0, in: standard) }
        let memberships = all.filter { !$0.isNamed }
        if var host = lookUp(memberships, in: standard) {
            host.named = named
            return host
        }
        let mounts = parseCgroupMounts(try readFile(mountinfo))
        let unified = choose(mounts.filter { $0.version == .v2 }, [], memberships.first { $0.controllers.isEmpty }?.path)
        var legacy = [Hierarchy]()
        for membership in memberships where !membership.controllers.isEmpty {
            let candidates = mounts.filter { $0.version == .v1 && $0.options.contains(membership.controllers[0]) }
            if let found = choose(candidates, membership.controllers, membership.path) { legacy.append(found) }
        }
        guard unified != nil || !legacy.isEmpty else {
            throw ApusError(.notSupported, "cannot find control groups: no cgroup file system is mounted", hint: "mount -t cgroup2 none /sys/fs/cgroup")
        }
        return CgroupHost(unified: unified, legacy: legacy, named: named)
    }

    /// A hierarchy without controllers at its usual place; elsewhere nobody looks for it.
    private static func lookUp(named membership: CgroupMembership, in folder: String) -> Hierarchy? {
        guard membership.isNamed, let own = relative(membership.path, to: "/"), let name = membership.controllers.first?.dropFirst("name=".count) else {
            return nil
        }
        let mount = "\(folder)/\(name)"
        return fileExists("\(mount)\(own)/tasks") ? Hierarchy(controllers: membership.controllers, mount: mount, own: own) : nil
    }

    /// The layout of systemd and of everybody since: a tree at `folder`, or one below it for each line of /proc/PID/cgroup.
    ///
    /// nil where one is not there, or does not show the process's own cgroup.
    private static func lookUp(_ memberships: [CgroupMembership], in folder: String) -> CgroupHost? {
        var unified: Hierarchy?
        var legacy = [Hierarchy]()
        for membership in memberships {
            guard let own = relative(membership.path, to: "/") else { return nil }
            if membership.controllers.isEmpty {
                let mount = memberships.count == 1 ? folder : "\(folder)/unified"
                guard fileExists("\(mount)\(own)/cgroup.controllers") else { return nil }
                unified = Hierarchy(controllers: [], mount: mount, own: own)
            } else {
                let mount = "\(folder)/\(membership.controllers.joined(separator: ","))"
                guard fileExists("\(mount)\(own)/tasks") else { return nil }
                legacy.append(Hierarchy(controllers: membership.controllers, mount: mount, own: own))
            }
        }
        return memberships.isEmpty ? nil : CgroupHost(unified: unified, legacy: legacy)
    }

    /// The v1 hierarchy that a controller is bound to.
    public func legacyHierarchy(of controller: CgroupController) -> Hierarchy? {
        legacy.first { $0.controllers.contains(controller.legacyName) }
    }

    /// Whose files a controller has here; nil where it has none.
    ///
    /// The v2 tree may still lack it: its `cgroup.controllers` tells.
    public func version(of controller: CgroupController) -> CgroupVersion? {
        if legacyHierarchy(of: controller) != nil { return .v1 }
        let onlyLegacy: [CgroupController] = [.devices, .freezer, .cpuacct, .netClass, .netPriority, .perfEvent]
        return unified == nil || onlyLegacy.contains(controller) ? nil : .v2
    }

    /// One mount may show only a part of a tree: the one that shows the caller's own cgroup is taken, whole trees first.
    private static func choose(_ mounts: [CgroupMount], _ controllers: [String], _ path: String?) -> Hierarchy? {
        guard let path else { return nil }
        for mount in mounts.filter({ $0.root == "/" }) + mounts.filter({ $0.root != "/" }) {
            guard let own = relative(path, to: mount.root) else { continue }
            return Hierarchy(controllers: controllers, mount: mount.point, own: own)
        }
        // The caller is outside of what is mounted, or of its cgroup namespace: the mount's root is as near as it gets.
        return mounts.first.map { Hierarchy(controllers: controllers, mount: $0.point, own: "") }
    }

    private static func relative(_ path: String, to root: String) -> String? {
        if path.hasPrefix("/..") { return nil }
        if root == "/" { return path == "/" ? "" : path }
        if path == root { return "" }
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : nil
    }
}
