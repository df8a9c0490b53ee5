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
        let options = MountOptions(mount.options ?? [])
        var mount = mount
        // Relative ones start at the root too (config.md, "Mounts").
        if mount.destination.first != "/" { mount.destination = "/" + mount.destination }
        guard Self.resolved(mount.destination) != "/" else {
            throw ApusError(.notSupported, "\(field).destination: nothing can be mounted over the root filesystem", hint: "name it in root.path")
        }
        let idMap = try idMap(of: mount, options, field: field)
        if options.isRemount {
            try compileRemount(mount, options, field: field)
        } else if options.isBind || mount.type == "bind" {
            try compileBind(mount, options, idMap, field: field)
        } else if mount.type == "cgroup" {
            if idMap != nil { throw ApusError(.notSupported, "\(field).options: control groups cannot be id-mapped") }
            try compileCgroup(mount, options, field: field)
        } else {
            try compileFileSystem(mount, options, idMap, field: field)
        }
    }

    /// File systems of which all mounts are one: `ro` is the mount's, not theirs.
    private static let sharedFileSystems: Set = [
        "proc", "sysfs", "mqueue", "devpts", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf", "configfs", "pstore", "efivarfs", "fusectl",
        "binfmt_misc", "devtmpfs",
    ]

    private mutating func compileFileSystem(_ mount: Mount, _ options: MountOptions, _ idMap: MountIDMap?, field: String) throws(ApusError) {
        guard let type = mount.type, !type.isEmpty, type != "none" else {
            throw ApusError(.invalidArgument, "\(field).type is missing", hint: "a bind mount has the option bind or rbind")
        }
        var flags: MountTarget = .makeDirectory
        // A link in place of /proc or /sys would let the image choose what is masked (CVE-2023-27561).
        if type == "proc" || type == "sysfs" { flags.insert(.noSymlinks) }
        if type == "mqueue" { flags.insert(.optional) }
        if type != "proc" || Self.resolved(mount.destination) != "/proc" { try refuseInsideProc(mount.destination, field: field) }
        if options.copiesUp {
            guard type == "tmpfs" else { throw ApusError(.invalidArgument, "\(field).options: tmpcopyup needs a tmpfs") }
            flags.insert(.copyUp)
        }
        var attributes = options.set.subtracting(options.recursiveClear).union(options.recursiveSet)
        // Nodes and the terminal are still to come.
        if isReadOnlyDev(mount) { attributes.remove(.readOnly) }
        var data = options.superblock + labelled(options.data, type: type)
        if attributes.contains(.readOnly) && !options.copiesUp && !Self.sharedFileSystems.contains(type) { data.insert("ro", at: 0) }
        inner(
            .mount(
                type: type, source: mount.source, target: mount.destination, options: data.joined(separator: ","), attributes: attributes, flags: flags,
                propagation: options.propagations.last, idMap: idMap.map { plan.slot(.userNamespace($0)) }), field)
    }

    /// `remount` gives a mount that is there exactly the flags of these options; with `bind` its file system stays as it is (mount(2)).
    private mutating func compileRemount(_ mount: Mount, _ options: MountOptions, field: String) throws(ApusError) {
        guard mount.uidMappings?.isEmpty != false && options.idMap == nil && !options.copiesUp else {
            throw ApusError(.invalidArgument, "\(field).options: remount cannot map ids or copy files")
        }
        if options.isBind, let option = options.data.first { throw Self.bindOption(option, field: field) }
        let set = options.set.union(options.recursiveSet)
        let all: MountAttributes = [.readOnly, .noSUID, .noDevices, .noExec, .noDirectoryAccessTime, .noSymlinkFollow]
        // How access times are kept stays unless it is given.
        let clear = all.subtracting(set).union(options.clear.union(options.recursiveClear).intersection(.accessTimeMask))
        let data = ([set.contains(.readOnly) ? "ro" : "rw"] + options.superblock + options.data).joined(separator: ",")
        inner(.remount(target: mount.destination, options: options.isBind ? nil : data, set: set, clear: clear), field)
        for propagation in options.propagations { inner(.propagation(path: mount.destination, propagation), field) }
    }

    /// Whether a mount is the container's own /dev, to become read-only once it is filled.
    func isReadOnlyDev(_ mount: Mount) -> Bool {
        let options = MountOptions(mount.options ?? [])
        return Self.resolved(mount.destination) == "/dev" && !options.isBind && !options.isRemount && mount.type != "bind"
            && options.set.union(options.recursiveSet).contains(.readOnly)
    }

    /// A path with `.` and `..` taken out, as if it had no links.
    static func resolved(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
