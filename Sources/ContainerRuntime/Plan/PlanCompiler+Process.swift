import LinuxSystem
import OCISpec

extension PlanCompiler {
    mutating func compileProcess() throws(ApusError) {
        let user = process.user
        final(.stdio(uid: user.uid, gid: user.gid), "process.user")
        try compileRuntime()
        for (limit, number, field) in try limits() {
            final(.resourceLimit(type: limit.type, number: number, soft: limit.soft, hard: limit.hard), field)
        }
        final(.umask(user.umask ?? 0o022), "process.user.umask")
        let noNewPrivileges = process.noNewPrivileges == true
        if noNewPrivileges { final(.noNewPrivileges, "process.noNewPrivileges") }
        try compileScheduling()
        // Root may reach a directory that the user does not, and the user one on a network's file system that root does not.
        final(.workingDirectory(process.cwd, isFirstTry: true), "process.cwd")
        if !noNewPrivileges { try compileSeccomp() }
        compileIdentity()
        final(.workingDirectory(process.cwd, isFirstTry: false), "process.cwd")
        if context.runtime == nil { final(.deathSignal(9), "process") }
        if noNewPrivileges { try compileSeccomp() }
        final(.exec, "process.args")
    }

    /// Where an OCI runtime's process waits for `start`: its world is built, and nothing of its rights is given up yet.
    private mutating func compileRuntime() throws(ApusError) {
        guard let runtime = context.runtime else { return }
        if let first = runtime.preserved.first {
            let slot = plan.slot(.preserved(first))
            for number in runtime.preserved.dropFirst() { _ = plan.slot(.preserved(number)) }
            final(.preserve(slot: slot, count: runtime.preserved.count), "process")
        }
        if runtime.waitsForStart {
            // What could not be had fails `create`, as in runc; what is lower could be in the way of the wait.
            if !entersUser {
                for (limit, number, field) in try limits() { final(.raiseLimit(type: limit.type, number: number, hard: limit.hard), field) }
            }
            final(.findProgram, "process.args")
            final(.waitStart(slot: plan.slot(.startSocket)), "process")
        } else {
            if spec.hooks?.startContainer?.isEmpty == false { final(.sync(.starting), "hooks.startContainer") }
            // Tells a program that is not there from one that the kernel cannot run.
            final(.findProgram, "process.args")
            // The engine's may end before the program does.
            final(.deathSignal(0), "process")
        }
    }

    /// The resource limits with the kernel's numbers.
    func limits() throws(ApusError) -> [(limit: POSIXRlimit, number: Int32, field: String)] {
        var limits: [(limit: POSIXRlimit, number: Int32, field: String)] = []
        for (index, limit) in (process.rlimits ?? []).enumerated() {
            let field = "process.rlimits[\(index)]"
            guard let kind = ResourceLimitKind(ociName: limit.type) else {
                throw ApusError(.invalidArgument, "\(field).type: no such limit: \"\(limit.type)\"")
            }
            limits.append((limit, Int32(kind.rawValue), field))
        }
        return limits
    }

    private mutating func compileSeccomp() throws(ApusError) {
        if let profile = linux.seccomp { try SeccompAgent.validate(profile) }
        guard let program = context.seccomp else { return }
        if program.needsListener { _ = try SeccompAgent(linux.seccomp ?? LinuxSeccomp(defaultAction: "")) }
        final(.seccomp(program), "linux.seccomp")
    }

    /// Who the program is.
    ///
    /// Without `process.capabilities` it has none, as in runc.
    private mutating func compileIdentity() {
        let user = process.user
        var ignored: [String] = []
        var masks = CapabilityMasks(process.capabilities ?? LinuxCapabilities(), last: context.lastCapability, ignored: &ignored)
        if !ignored.isEmpty { plan.warnings.append("ignoring unknown or unavailable capabilities: [\(ignored.sorted().joined(separator: " "))]") }
        // The kernel gives the others none (capabilities(7), ambient set), and runc goes on without.
        let ambient = CapabilitySet(mask: masks.ambient.mask & masks.permitted.mask & masks.inheritable.mask)
        let lost = CapabilitySet(mask: masks.ambient.mask & ~ambient.mask)
        if lost.mask != 0 {
            for name in lost.ociNames { plan.warnings.append("can't raise ambient capability \(name): it is not both permitted and inheritable") }
            masks.ambient = ambient
        }
        final(.bounding(masks.bounding.mask), "process.capabilities.bounding")
        var seen: Set<UInt32> = []  // each once, as runc has it: Docker names the groups of --group-add twice
        final(.groups((user.additionalGids ?? []).filter { seen.insert($0).inserted }), "process.user.additionalGids")
        final(.ids(uid: user.uid, gid: user.gid), "process.user")
        final(
            .capabilities(
                effective: masks.effective.mask, permitted: masks.permitted.mask, inheritable: masks.inheritable.mask, ambient: masks.ambient.mask),
            "process.capabilities")
    }
}
