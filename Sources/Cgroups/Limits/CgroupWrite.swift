import LinuxSystem
import OCISpec

/// One file of a cgroup and what goes into it.
struct CgroupWrite: Equatable {
    /// Whose file it is; nil for files of the cgroup core (`cgroup.max.depth`).
    var controller: CgroupController?
    /// The field of the resources that asked for it, as a user knows it: `memory.limit`.
    var field: String
    var file: String
    var value: String
    var ifMissing = Missing.fail

    /// What to do where the kernel has no such file.
    enum Missing: Equatable {
        /// The limit cannot be in force: creation fails.
        case fail
        /// Another file has the same task on other kernels.
        case instead(file: String, value: String)
        /// The limit was nobody's wish, or another file is enough.
        case skip
    }
}

/// What a compiled set of limits needs to know of the cgroup it goes to.
struct LimitContext {
    /// Whose files a controller has; throws where it has none on this host.
    var version: (CgroupController, _ field: String) throws(ApusError) -> CgroupVersion
    /// The content of a controller's file now, for a cgroup that lives already; nil for a new one.
    var current: (CgroupController, _ file: String) -> String? = { _, _ in nil }
    var isLive = false
    /// Whether a swap limit is the engine's default, dropped where the host does not count swap.
    var implicitSwap = false
}

/// Compiles limits to files in the order in which the kernel accepts them.
///
/// No file is touched.
///
/// 0 leaves a limit alone wherever 0 would make no sense, as every engine sends it for "not given". `memory.kernel` sets nothing on any
/// kernel since 5.16, and `kernelTCP` nothing on v2: both are deprecated and passed over, as by runc (`LinuxResources.passedOver`).
func compile(_ resources: LinuxResources, _ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
    var writes = [CgroupWrite]()
    if let memory = resources.memory { writes += try memory.writes(context) }
    if let cpu = resources.cpu { writes += try cpu.writes(context) + cpu.cpusetWrites(context) }
    if let limit = resources.pids?.limit {
        _ = try context.version(.pids, "pids.limit")
        // 0 is a limit too. As in runc it is 1, which systemd can express: the first process is there and none can be added.
        writes.append(CgroupWrite(controller: .pids, field: "pids.limit", file: "pids.max", value: limit < 0 ? "max" : String(max(1, limit))))
    }
    if let blockIO = resources.blockIO { writes += try blockIO.writes(context) }
    for limit in resources.hugepageLimits ?? [] { writes += try limit.writes(context) }
    for (device, limit) in (resources.rdma ?? [:]).sorted(by: { $0.key < $1.key }) { writes += try limit.writes(device, context) }
    if let network = resources.network { writes += try network.writes(context) }
    writes += try unifiedWrites(resources.unified ?? [:], context)
    return writes
}

extension LimitContext {
    /// The version for a field that only cgroup v1 has.
    func requireLegacy(_ controller: CgroupController, _ field: String) throws(ApusError) {
        if try version(controller, field) == .v2 { throw ApusError(.notSupported, "cannot set \(field): cgroup v2 has no such limit") }
    }
}
