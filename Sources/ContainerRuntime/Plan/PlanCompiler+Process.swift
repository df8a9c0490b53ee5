import LinuxSystem
import OCISpec

extension PlanCompiler {
    /// Fields that the specification has and Apus does not have yet: refused by name, never ignored.
    mutating func refuseUnsupported() throws(ApusError) {
        let refused: [(String, Bool)] = [
            ("process.apparmorProfile", process.apparmorProfile?.isEmpty == false),
            ("process.selinuxLabel", process.selinuxLabel?.isEmpty == false),
            ("process.scheduler", process.scheduler != nil),
            ("process.ioPriority", process.ioPriority != nil),
            ("process.execCPUAffinity", process.execCPUAffinity != nil),
            ("linux.mountLabel", linux.mountLabel?.isEmpty == false),
            ("linux.intelRdt", linux.intelRdt != nil),
            ("linux.memoryPolicy", linux.memoryPolicy != nil),
            ("linux.personality", linux.personality != nil),
            ("linux.netDevices", linux.netDevices?.isEmpty == false),
            ("linux.seccomp.listenerPath", linux.seccomp?.listenerPath?.isEmpty == false || context.seccomp?.needsListener == true),
        ]
        for (field, isUsed) in refused where isUsed { throw ApusError(.notSupported, "\(field) is not supported yet") }
    }

    mutating func compileProcess() throws(ApusError) {
        let user = process.user
        final(.stdio(uid: user.uid, gid: user.gid), "process.user")
        compileRuntime()
        for (index, limit) in (process.rlimits ?? []).enumerated() {
            guard let kind = ResourceLimitKind(ociName: limit.type) else {
                throw ApusError(.invalidArgument, "process.rlimits[\(index)].type: no such limit: \"\(limit.type)\"")
            }
            final(.resourceLimit(type: limit.type, number: Int32(kind.rawValue), soft: limit.soft, hard: limit.hard), "process.rlimits[\(index)]")
        }
        final(.umask(user.umask ?? 0o022), "process.user.umask")
        let noNewPrivileges = process.noNewPrivileges == true
        if noNewPrivileges { final(.noNewPrivileges, "process.noNewPrivileges") }
        if !noNewPrivileges { compileSeccomp() }
        compileIdentity()
        final(.workingDirectory(process.cwd), "process.cwd")
        if context.runtime == nil { final(.deathSignal(9), "process") }
        if noNewPrivileges { compileSeccomp() }
        final(.exec, "process.args")
    }

    /// Where an OCI runtime's process waits for `start`: its world is built, and nothing of its rights is given up yet.
    private mutating func compileRuntime() {
        guard let runtime = context.runtime else { return }
        if let first = runtime.preserved.first {
            let slot = plan.slot(.preserved(first))
            for number in runtime.preserved.dropFirst() { _ = plan.slot(.preserved(number)) }
            final(.preserve(slot: slot, count: runtime.preserved.count), "process")
        }
        if runtime.waitsForStart {
            final(.findProgram, "process.args")
            final(.waitStart(slot: plan.slot(.startSocket)), "process")
        } else {
            if spec.hooks?.startContainer?.isEmpty == false { final(.sync(.starting), "hooks.startContainer") }
            // The engine's may end before the program does.
            final(.deathSignal(0), "process")
        }
    }

    private mutating func compileSeccomp() {
        if let program = context.seccomp { final(.seccomp(program), "linux.seccomp") }
    }

    private mutating func compileIdentity() {
        let user = process.user
        var ignored: [String] = []
        let masks = process.capabilities.map { CapabilityMasks($0, last: context.lastCapability, ignored: &ignored) }
        if let masks { final(.bounding(masks.bounding.mask), "process.capabilities.bounding") }
        final(.groups(user.additionalGids ?? []), "process.user.additionalGids")
        final(.ids(uid: user.uid, gid: user.gid), "process.user")
        if let masks {
            final(
                .capabilities(
                    effective: masks.effective.mask, permitted: masks.permitted.mask, inheritable: masks.inheritable.mask, ambient: masks.ambient.mask),
                "process.capabilities")
        }
    }
}
