import LinuxSystem
import OCISpec

extension PlanCompiler {
    mutating func compileNamespaces() throws(ApusError) {
        var fresh: NamespaceKinds = []
        var joined: [(kind: NamespaceKinds, path: String, field: String)] = []
        for (index, namespace) in (linux.namespaces ?? []).enumerated() {
            guard let kind = NamespaceKinds.byName.first(where: { $0.name == namespace.type })?.kind else {
                throw ApusError(.invalidArgument, "linux.namespaces[\(index)].type: no such namespace: \"\(namespace.type)\"")
            }
            if let path = namespace.path, !path.isEmpty {
                joined.append((kind, path, "linux.namespaces[\(index)]"))
            } else {
                fresh.insert(kind)
            }
        }
        guard fresh.contains(.mount) else {
            throw ApusError(.notSupported, "linux.namespaces: a container needs a new mount namespace")
        }
        if !context.inherited.isSubset(of: fresh) || fresh.contains(.user) && !context.inherited.isEmpty {
            throw ApusError(.invalidArgument, "linux.namespaces: the monitor has made namespaces that this container does not want")
        }
        plan.inherited = context.inherited
        fresh.subtract(context.inherited)
        enterCgroups()
        try compileTime(&fresh)
        try compileJoined(joined, &fresh)
        // Before the cgroup namespace: systemd moves the process into its scope now.
        if context.runtime?.syncsNamespaces == true { inner(.sync(.namespaces), "linux") }
        // After the v1 tasks files, so that the namespace's root is the container's own cgroup.
        if fresh.contains(.cgroup) {
            fresh.remove(.cgroup)
            inner(.unshare(.cgroup), "linux.namespaces")
        }
        plan.namespaces.formUnion(fresh)
        if fresh.contains(.user) {
            plan.uidMap = try mapText(linux.uidMappings, field: "linux.uidMappings")
            plan.gidMap = try mapText(linux.gidMappings, field: "linux.gidMappings")
            // Before everything else: its first act as the namespace's root.
            plan.inner.insert(PlanStep(.mapIDs, from: "linux.uidMappings"), at: 0)
        }
        // Nobody else knows of the process until the start is told: it ends with its parent. Not before the ids change, which clears this.
        if context.runtime != nil { inner(.deathSignal(9), "process") }
        if fresh.contains(.network) { inner(.loopback, "linux.namespaces") }
    }

    mutating func enterCgroups() {
        guard case .join(let unified, let tasks) = context.cgroup else { return }
        if unified { _ = plan.slot(.cgroup) }
        for (index, controller) in tasks.enumerated() {
            let slot = plan.slot(.tasks(index))
            inner(.enterCgroup(slot: slot, controller: controller), "linux.cgroupsPath")
        }
    }

    private mutating func compileTime(_ fresh: inout NamespaceKinds) throws(ApusError) {
        let offsets = linux.timeOffsets ?? [:]
        guard fresh.contains(.time) else {
            if !offsets.isEmpty { throw ApusError(.invalidArgument, "linux.timeOffsets needs a new time namespace") }
            return
        }
        fresh.remove(.time)
        var lines = ""
        for (clock, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            guard clock == "monotonic" || clock == "boottime" else {
                throw ApusError(.invalidArgument, "linux.timeOffsets: no such clock: \"\(clock)\"", hint: "monotonic and boottime can be set")
            }
            lines += "\(clock) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)\n"
        }
        // Offsets can be written only before the first process enters the namespace.
        plan.outer.append(PlanStep(.timeOffsets(lines), from: "linux.timeOffsets"))
    }

    private mutating func compileJoined(
        _ joined: [(kind: NamespaceKinds, path: String, field: String)], _ fresh: inout NamespaceKinds
    ) throws(ApusError) {
        let joinsUser = joined.contains { $0.kind == .user }
        if joinsUser { plan.flags.insert(.intermediate) }
        // Others first: once in the user namespace, those that an outer one owns can no longer be joined.
        for (kind, path, field) in joined.sorted(by: { $0.kind != .user && $1.kind == .user }) {
            if kind == .mount { throw ApusError(.notSupported, "\(field).path: joining a mount namespace by path is not supported") }
            let step = PlanStep(.setNamespace(slot: plan.slot(.namespace(path: path)), kinds: kind), from: field)
            // A pid or time namespace takes effect for the next child only; a user namespace must own what the clone makes.
            if joinsUser || kind == .pid || kind == .time { plan.outer.append(step) } else { plan.inner.append(step) }
        }
        // Its root, or file systems that are mounted below have no owner; not before the clone, which places the process in a cgroup of ours.
        if joinsUser { plan.inner.append(PlanStep(.ids(uid: 0, gid: 0), from: "linux.namespaces")) }
    }

    private func mapText(_ mappings: [LinuxIDMapping]?, field: String) throws(ApusError) -> String {
        guard let mappings, !mappings.isEmpty else {
            throw ApusError(.invalidArgument, "\(field) is empty", hint: "a new user namespace needs at least one mapping")
        }
        return mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
    }

    mutating func compileSessionAndNames() {
        inner(.newSession, "process")
        if context.runtime?.makesKeyring != false { inner(.keyring(name: "_ses.apus"), "process") }
        if let name = spec.hostname, !name.isEmpty { inner(.hostname(name), "hostname") }
        if let name = spec.domainname, !name.isEmpty { inner(.domainname(name), "domainname") }
    }

    /// Sysctls, written through the host's /proc: no file of the image can stand in its place (CVE-2025-52881).
    mutating func compileProcSettings() throws(ApusError) {
        for (name, value) in (linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            let sysctl = try Sysctl(name: name)
            try sysctl.validate(ownNetwork: hasOwn("network"), ownIPC: hasOwn("ipc"), ownUTS: hasOwn("uts"))
            inner(.write(path: "/proc/sys/\(sysctl.path)", value: value), "linux.sysctl.\(name)")
        }
    }

    /// Whether the container does not share the caller's namespace of this type.
    private func hasOwn(_ type: String) -> Bool { (linux.namespaces ?? []).contains { $0.type == type } }
}
