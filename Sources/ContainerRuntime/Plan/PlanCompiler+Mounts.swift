import LinuxSystem
import OCISpec

extension PlanCompiler {
    mutating func compileRoot() {
        let propagation = linux.rootfsPropagation.flatMap { Propagation(option: $0) }
        // The host's tree must never receive our mounts: shared only holds for what the container makes.
        let host: Propagation = propagation.map { $0.type == Propagation.recursiveSlave.type } == true ? .recursiveSlave : .recursivePrivate
        inner(.propagation(path: "/", host), "linux.rootfsPropagation")
        if let runtime = context.runtime, seesHostLonger {
            inner(.enterBundleRoot(slot: plan.slot(.root), path: runtime.rootPath), "root.path")
            return
        }
        inner(.enterRoot(slot: plan.slot(.root)), "root.path")
        // The host's tree lies over the root now, and "/.." in a link of the image would lead to it.
        inner(keepsHost ? .coverHost(slot: plan.slot(.root)) : .leaveHost, "root.path")
    }

    /// Hooks look at the container's mounts from the host's tree, and a root that cannot be pivoted is moved last.
    private var seesHostLonger: Bool {
        guard let runtime = context.runtime else { return false }
        return !runtime.pivots || hasCreationHooks
    }

    private var hasCreationHooks: Bool {
        let early = [spec.hooks?.prestart, spec.hooks?.createRuntime, spec.hooks?.createContainer]
        return early.contains { $0?.isEmpty == false }
    }

    /// The last look at the host's tree.
    mutating func compileHostsEnd() {
        guard seesHostLonger else {
            if keepsHost { inner(.leaveHost, "root.path") }
            return
        }
        if hasCreationHooks { inner(.sync(.created), "hooks") }
        inner(.leaveBundleRoot(slot: plan.slot(.root), pivots: context.runtime?.pivots ?? true), "root.path")
    }

    /// In a user namespace proc and sysfs can be mounted only beside ones that are wholly visible, the host's (mount_namespaces(7)).
    var keepsHost: Bool { plan.namespaces.contains(.user) || plan.flags.contains(.intermediate) }

    mutating func compile(_ mount: Mount, field: String) throws(ApusError) {
        let options = try MountOptions(mount.options ?? [], field: field)
        if mount.uidMappings?.isEmpty == false || mount.gidMappings?.isEmpty == false {
            throw ApusError(.notSupported, "\(field).uidMappings: id-mapped mounts are not supported yet")
        }
        let target = mount.destination
        if options.isBind || mount.type == "bind" {
            try compileBind(mount, options, field: field)
        } else if mount.type == "cgroup" || mount.type == "cgroup2" {
            compileCgroup(target: target, options, field: field)
        } else {
            guard options.recursiveSet.isEmpty && options.recursiveClear.isEmpty else {
                throw ApusError(.invalidArgument, "\(field).options: recursive attributes need a bind mount")
            }
            guard let type = mount.type, !type.isEmpty else {
                throw ApusError(.invalidArgument, "\(field).type is missing")
            }
            var flags: MountTarget = .makeDirectory
            // A link in place of /proc or /sys would let the image choose what is masked (CVE-2023-27561).
            if type == "proc" || type == "sysfs" { flags.insert(.noSymlinks) }
            if type == "mqueue" { flags.insert(.optional) }
            inner(
                .mount(
                    type: type, source: mount.source, target: target, options: labelled(options.data, type: type).joined(separator: ","),
                    attributes: options.set,
                    flags: flags, propagation: options.propagation), field)
        }
    }

    private mutating func compileBind(_ mount: Mount, _ options: MountOptions, field: String) throws(ApusError) {
        guard let source = mount.source, source.first == "/" else {
            throw ApusError(.invalidArgument, "\(field).source must be an absolute path, got \"\(mount.source ?? "")\"")
        }
        try refuseInsideProc(mount.destination, field: field)
        if let option = options.data.first {
            throw ApusError(.invalidArgument, "\(field).options: a bind mount has no option \"\(option)\"")
        }
        let recursive = !options.recursiveSet.isEmpty || !options.recursiveClear.isEmpty
        let bind = BindMount(
            source: source, isRecursive: options.isRecursiveBind, set: options.set.union(options.recursiveSet),
            clear: options.clear.union(options.recursiveClear), attributesAreRecursive: recursive,
            propagation: options.propagation ?? .recursivePrivate)
        inner(.attach(slot: plan.slot(.bind(bind)), target: mount.destination, flags: [.makeDirectory, .makeFile]), field)
    }

    /// Files below /proc that lxcfs and the like replace; anything else there would hide what masks rely on (CVE-2019-16884).
    private static let replaceable: Set = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
        "/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
    ]

    private func refuseInsideProc(_ destination: String, field: String) throws(ApusError) {
        var parts: [Substring] = []
        for part in destination.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        let path = "/" + parts.joined(separator: "/")
        guard parts.first == "proc", !Self.replaceable.contains(path) else { return }
        throw ApusError(.permissionDenied, "\(field).destination: nothing of the host may be mounted at \(path): it is inside /proc")
    }

    /// A v2 host has one file system there; a v1 or hybrid host a tmpfs with one for each hierarchy.
    private mutating func compileCgroup(target: String, _ options: MountOptions, field: String) {
        let single = context.cgroupMounts.count == 1 && context.cgroupMounts[0].directory.isEmpty
        if !single {
            inner(
                .mount(
                    type: "tmpfs", source: "tmpfs", target: target, options: "mode=755,size=64k", attributes: options.set.subtracting(.readOnly),
                    flags: .makeDirectory, propagation: nil), field)
        }
        for mount in context.cgroupMounts {
            let place = mount.directory.isEmpty ? target : "\(target)/\(mount.directory)"
            inner(
                .mount(
                    type: mount.type, source: "cgroup", target: place, options: mount.options, attributes: options.set,
                    flags: .makeDirectory, propagation: nil), field)
        }
        if !single && options.set.contains(.readOnly) { inner(.setReadOnly(target), field) }
    }

    mutating func compileProtection() {
        if let propagation = linux.rootfsPropagation.flatMap({ Propagation(option: $0) }) {
            inner(.propagation(path: "/", propagation), "linux.rootfsPropagation")
        }
        if spec.root?.readonly == true { inner(.setReadOnly("/"), "root.readonly") }
        for (index, path) in (linux.readonlyPaths ?? []).enumerated() { inner(.readOnly(path), "linux.readonlyPaths[\(index)]") }
        for (index, path) in (linux.maskedPaths ?? []).enumerated() { inner(.mask(path), "linux.maskedPaths[\(index)]") }
    }
}
