import LinuxSystem
import OCISpec

extension PlanCompiler {
    mutating func compileBind(_ mount: Mount, _ options: MountOptions, _ idMap: MountIDMap?, field: String) throws(ApusError) {
        guard var source = mount.source, !source.isEmpty else { throw ApusError(.invalidArgument, "\(field).source is missing") }
        if source.first != "/" {
            guard let bundle = context.bundle else {
                throw ApusError(.invalidArgument, "\(field).source must be an absolute path, got \"\(source)\"")
            }
            source = "\(bundle)/\(source)"
        }
        if let option = options.data.first(where: { !$0.contains("=") }) { throw Self.bindOption(option, field: field) }
        // What a file system would take, the kernel does not look at on a bind mount: runc lets it pass. A misspelt flag is another thing.
        if !options.data.isEmpty { plan.warnings.append("ignoring \(field).options that a bind mount does not have: \(options.data.joined(separator: ","))") }
        if options.copiesUp { throw ApusError(.invalidArgument, "\(field).options: tmpcopyup needs a tmpfs") }
        var flags: MountTarget = [.makeDirectory, .makeFile]
        if Self.resolved(mount.destination) == "/proc" {
            flags.insert(.fromProc)
        } else {
            try refuseInsideProc(mount.destination, field: field)
        }
        var bind = BindMount(source: source)
        bind.isRecursive = options.isRecursiveBind
        (bind.set, bind.clear) = (options.set, options.clear)
        (bind.recursiveSet, bind.recursiveClear) = (options.recursiveSet, options.recursiveClear)
        if !options.propagations.isEmpty { bind.propagations = options.propagations }
        bind.idMap = idMap
        bind.idMapIsRecursive = options.idMap == .tree
        guard let inside = inside(source, isRecursive: bind.isRecursive) else {
            return inner(.attach(slot: plan.slot(of: bind), target: mount.destination, flags: flags), field)
        }
        bind.source = inside
        inner(.bindInside(bind, idMap: idMap.map { plan.slot(.userNamespace($0)) }, target: mount.destination, flags: flags), field)
        for propagation in options.propagations { inner(.propagation(path: mount.destination, propagation), field) }
    }

    /// Where in the container a source lies that an earlier mount of the list has covered; nil for one that is on the host as it is meant.
    private func inside(_ source: String, isRecursive: Bool) -> String? {
        guard let root = context.runtime?.rootPath, !root.isEmpty else { return nil }
        let path = Self.resolved(source)
        guard path.hasPrefix(root + "/") else { return nil }
        let inside = String(path.dropFirst(root.utf8.count))
        let isCovered = mounted.contains { inside == $0 || inside.hasPrefix("\($0)/") || isRecursive && $0.hasPrefix("\(inside)/") }
        return isCovered ? inside : nil
    }

    static func bindOption(_ option: String, field: String) -> ApusError {
        ApusError(.invalidArgument, "\(field).options: a bind mount has no option \"\(option)\"")
    }

    /// The mappings that a mount asks for: its own, or those of the container's user namespace.
    func idMap(of mount: Mount, _ options: MountOptions, field: String) throws(ApusError) -> MountIDMap? {
        let users = mount.uidMappings ?? []
        let groups = mount.gidMappings ?? []
        func map(_ users: [LinuxIDMapping], _ groups: [LinuxIDMapping]) -> MountIDMap {
            func text(_ mappings: [LinuxIDMapping]) -> String { mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined() }
            return .mappings(users: text(users), groups: text(groups))
        }
        if !users.isEmpty { return map(users, groups) }
        guard options.idMap != nil else { return nil }
        guard let namespace = (linux.namespaces ?? []).first(where: { $0.type == "user" }) else {
            throw ApusError(.invalidArgument, "\(field).options: idmap needs uidMappings and gidMappings, or a user namespace")
        }
        if let path = namespace.path, !path.isEmpty { return .namespace(path: path) }
        return map(linux.uidMappings ?? [], linux.gidMappings ?? [])
    }

    /// Files below /proc that lxcfs and the like replace; anything else there would hide what masks rely on (CVE-2019-16884).
    private static let replaceable: Set = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
        "/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ]

    func refuseInsideProc(_ destination: String, field: String) throws(ApusError) {
        let path = Self.resolved(destination)
        guard path == "/proc" || path.hasPrefix("/proc/"), !Self.replaceable.contains(path) else { return }
        throw Self.refusal(of: path, field: field)
    }

    static func refusal(of path: String, field: String) -> ApusError {
        ApusError(.permissionDenied, "\(field).destination: nothing of the host may be mounted at \(resolved(path)): it is inside /proc")
    }
}
