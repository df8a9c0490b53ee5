import Glibc
public import LinuxSystem
public import OCISpec

extension Cgroup {
    /// Makes a cgroup with its limits in force, before any process is in it.
    ///
    /// Only the hierarchies that are needed are made: the v2 tree (birth, freeze, kill, list, CPU time), those of the limits, `devices`
    /// where rules forbid something, and those of `accounting`; on a host without a v2 tree `freezer` and `cpuacct` too. `update` makes
    /// others when they are needed. On failure nothing is left behind.
    ///
    /// - Parameters:
    ///   - name: the last component of the path: the container's ID.
    ///   - accounting: controllers for counting alone, left out where the host lacks them. Memory counts OOM kills; without `pids` tasks are
    ///     counted by listing them; without `io` there are no numbers of block devices.
    ///   - implicitSwap: whether `memory.swap` is the engine's own default, which is dropped where the host does not count swap.
    /// - Throws: `ApusError` with a sentence that names file, value, controller and layout.
    public static func create(
        _ name: String, in placement: CgroupPlacement, resources: LinuxResources? = nil, accounting: Set<CgroupController> = [.memory],
        implicitSwap: Bool = false, on host: CgroupHost
    ) throws(ApusError) -> Cgroup {
        try create(
            name, in: placement, resources: resources, accounting: accounting, implicitSwap: implicitSwap, on: host, tree: KernelCgroupTree())
    }

    /// Makes the cgroup of an OCI container as runc does: in every mounted hierarchy, where engines look it up.
    ///
    /// An empty cgroup that exists already is entered as it is; one with processes, or frozen, is refused. On v2 every controller that
    /// the host has is enabled for it.
    ///
    /// - Parameters:
    ///   - isRootless: whether hierarchies are left out where the user may not write, which needs a specification without limits and without
    ///     `cgroupsPath`. Where none could be made `isEmpty` is true: the container stays in the caller's cgroups, and must not be shown
    ///     them writable (CVE-2023-25809). Device rules are then dropped too: without privileges no node can be made.
    /// - Throws: `ApusError` with the sentences that engines know from runc.
    public static func create(_ path: CgroupsPath, resources: LinuxResources?, isRootless: Bool = false, on host: CgroupHost) throws(ApusError) -> Cgroup {
        try create(path, resources: resources, isRootless: isRootless, on: host, tree: KernelCgroupTree())
    }

    static func create(
        _ path: CgroupsPath, resources: LinuxResources?, isRootless: Bool = false, on host: CgroupHost, tree: any CgroupTree
    ) throws(ApusError) -> Cgroup {
        let making = CgroupMaking(isEverywhere: true, joinsExisting: true, skipsForbidden: isRootless && !path.isExplicit)
        return try create(
            path.name, in: path.placement, resources: resources, accounting: [], making: making, dropsDevices: isRootless, on: host, tree: tree)
    }

    static func create(
        _ name: String, in placement: CgroupPlacement, resources: LinuxResources?, accounting: Set<CgroupController> = [.memory],
        implicitSwap: Bool = false, making: CgroupMaking = CgroupMaking(), dropsDevices: Bool = false, on host: CgroupHost, tree: any CgroupTree
    ) throws(ApusError) -> Cgroup {
        try placement.validate(name: name, takesSlices: making.isEverywhere)
        let resources = resources ?? LinuxResources()
        var context = LimitContext(version: host.versionForLimit)
        context.implicitSwap = implicitSwap
        let writes = try compile(resources, context)
        let devices = try deviceRules(resources.devices ?? [])

        var wanted = accounting
        if host.unified == nil { wanted.formUnion([.freezer, .cpuacct]) }
        if devices.contains(where: { !$0.allow }) { wanted.insert(.devices) }
        var maker = CgroupMaker(host: host, placement: placement, name: name, tree: tree)
        maker.making = making
        do {
            try maker.make(needed: Set(writes.compactMap(\.controller)), wanted: wanted)
            let cgroup = Cgroup(record: maker.record, tree: tree)
            for write in writes { try cgroup.apply(write) }
            do {
                try cgroup.apply(devices, isLive: false)
            } catch  where dropsDevices && (error.isForbidden || cgroup.isEmpty) {}
            return cgroup
        } catch {
            maker.undo()
            throw error
        }
    }

    /// Whether no hierarchy has a directory of this container: it is in the cgroups of who started it.
    public var isEmpty: Bool { record.directories.isEmpty }

    /// Writes one limit.
    func apply(_ write: CgroupWrite) throws(ApusError) {
        let place = write.controller.map { directory(of: $0) } ?? record.unified.map { ($0, .v2) }
        guard let place else { throw ApusError(.notSupported, "cannot set \(write.field): this container has no cgroup for it") }
        do {
            try tree.write(write.value, to: "\(place.path)/\(write.file)")
        } catch {
            if error.errno == ENOENT {
                switch write.ifMissing {
                case .skip: return
                case .instead(let file, let value):
                    var other = write
                    (other.file, other.value, other.ifMissing) = (file, value, .fail)
                    return try apply(other)
                case .fail: break
                }
            }
            if error.errno == EBUSY, write.file == "memory.limit_in_bytes" { throw limitBelowUsage(write, place.path) }
            throw write.failure(error, path: place.path, version: place.version)
        }
    }

    /// The sentence that engines know.
    private func limitBelowUsage(_ write: CgroupWrite, _ path: String) -> ApusError {
        let numbers = ["usage", "max_usage"].map { (try? tree.read("\(path)/memory.\($0)_in_bytes")) ?? "unknown" }
        return ApusError(errno: EBUSY, "unable to set memory limit to \(write.value) (current usage: \(numbers[0]), peak usage: \(numbers[1]))")
    }

    /// Puts device rules in force: lists of v1, else a program of v2.
    func apply(_ rules: [DeviceRule], isLive: Bool) throws(ApusError) {
        guard isLive ? !rules.isEmpty : rules.contains(where: { !$0.allow }) else { return }
        guard let path = record.legacy[.devices] else {
            guard let unified = record.unified else {
                throw ApusError(.notSupported, "cannot enforce device rules: controller \"devices\" is not available on this host")
            }
            return try tree.attachDeviceProgram(deviceProgram(rules), to: unified)
        }
        var list = LegacyDeviceList()
        for rule in rules { try list.apply(rule) }
        let changes = isLive ? list.changes(from: LegacyDeviceList(list: try tree.read("\(path)/devices.list"))) : list.changes()
        for change in changes {
            do {
                try tree.write(change.values, to: "\(path)/\(change.file)")
            } catch {
                let hint = error.errno == EPERM ? "the cgroup above allows less" : nil
                throw ApusError(
                    errno: error.errno, "cannot enforce device rules: cannot write \(change.values) to \(path)/\(change.file) (cgroup v1)", hint: hint)
            }
        }
    }
}

extension CgroupWrite {
    /// The sentence for a limit that could not be written.
    fileprivate func failure(_ error: ApusError, path: String, version: CgroupVersion) -> ApusError {
        let owner = controller.map { "controller \(version == .v1 ? $0.legacyName : $0.rawValue)" } ?? "core"
        let what = "cannot set \(field): cannot write \"\(value)\" to \(path)/\(file) (\(owner), cgroup \(version.rawValue))"
        let hint: String? =
            switch (error.errno, controller) {
            case (ENOENT, .memory) where field == "memory.swap": "this kernel does not count swap: boot with swapaccount=1, or set no swap limit"
            case (ENOENT, nil): "the controller is not available, or this kernel has no such file"
            case (ENOENT, _): "this kernel has no such limit"
            case (EINVAL, .memory) where file == "memory.limit_in_bytes": "above the limit of memory and swap: set memory.swap too"
            case (EINVAL, .cpu) where field.hasPrefix("cpu.realtime"): "the cgroup above has no realtime budget left"
            case (ENODEV, .io): "there is no such block device"
            default: nil
            }
        return ApusError(errno: error.errno, what, hint: hint)
    }
}
