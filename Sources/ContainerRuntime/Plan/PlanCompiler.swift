public import LinuxSystem
public import OCISpec

/// Compiles an OCI specification into a launch plan: a pure function of its input.
///
/// The order of the steps is the security model; `PlanOrderTests` fixes it. In short: cgroups and joined namespaces while the host's /proc is
/// there, then the new root, mounts, nodes, masks; then stdio, limits, the filter (before the ids unless no_new_privs is set, because
/// loading one needs CAP_SYS_ADMIN otherwise), bounding set, groups, ids, capabilities, exec.
public struct PlanCompiler {
    let spec: Spec
    let process: Process
    let linux: Linux
    let context: PlanContext
    var plan = LaunchPlan()
    /// The destinations of the mounts compiled so far.
    var mounted: [String] = []

    /// The plan that starts a container.
    ///
    /// - Throws: `ApusError` naming the field that is wrong or not supported.
    public static func start(_ spec: Spec, _ context: PlanContext) throws(ApusError) -> LaunchPlan {
        var compiler = try PlanCompiler(spec, context)
        try compiler.compileStart()
        return compiler.plan
    }

    /// The plan that runs `spec.process` in the running container whose namespaces are `kinds`.
    public static func exec(_ spec: Spec, joining kinds: NamespaceKinds, _ context: PlanContext) throws(ApusError) -> LaunchPlan {
        var compiler = try PlanCompiler(spec, context)
        try compiler.compileExec(joining: kinds)
        return compiler.plan
    }

    private init(_ spec: Spec, _ context: PlanContext) throws(ApusError) {
        if let sentence = spec.validate().first { throw ApusError(.invalidArgument, sentence) }
        guard let process = spec.process else { throw ApusError(.invalidArgument, "process is missing") }
        self.spec = spec
        self.process = process
        self.linux = spec.linux ?? Linux()
        self.context = context
    }

    /// Whether the container is in another user namespace than the caller.
    var entersUser: Bool { (linux.namespaces ?? []).contains { $0.type == "user" } }

    private mutating func compileStart() throws(ApusError) {
        prepare()
        try compileNamespaces()
        compileSessionAndNames()
        try compileProcSettings()
        try compileHostSide(entersUser: entersUser, isExec: false)
        compileRoot()
        for (index, mount) in (spec.mounts ?? []).enumerated() {
            try compile(mount, field: "mounts[\(index)]")
            mounted.append(Self.resolved(mount.destination))
        }
        try compileDevices()
        inner(.directory(path: process.cwd, mode: 0o755, uid: 0, gid: 0), "process.cwd")
        compileHostsEnd()
        if process.terminal == true { inner(.console(bind: true, isPlain: isPlainConsole), "process.terminal") }
        compileProtection()
        try compileProcess()
        plan.after = context.after
    }

    private mutating func compileExec(joining kinds: NamespaceKinds) throws(ApusError) {
        prepare()
        let container = plan.slot(.container)
        enterCgroups()
        if context.runtime?.syncsNamespaces == true { inner(.sync(.namespaces), "linux") }
        try compileExecAffinity()
        // Through the host's /proc, and away from the keys of whoever calls: in a moment neither can be trusted.
        try compileHostSide(entersUser: kinds.contains(.user), isExec: true)
        if context.runtime?.makesKeyring != false { inner(.keyring(name: "_ses.apus"), "process") }
        if kinds.contains(.pid) { plan.outer.append(PlanStep(.setNamespace(slot: container, kinds: .pid), from: "exec")) }
        let others = kinds.subtracting(.pid)
        if !others.isEmpty { inner(.setNamespace(slot: container, kinds: others), "exec") }
        inner(.newSession, "process")
        if process.terminal == true { inner(.console(bind: false, isPlain: isPlainConsole), "process.terminal") }
        try compileProcess()
        plan.after = context.after
    }

    private mutating func prepare() {
        plan.flags = context.flags
        if context.runtime?.isServed == false { plan.flags.insert(.runtime) }
        if process.terminal == true { plan.flags.insert(.terminal) }
        plan.descriptors = context.kept.map { .kept($0) }
        plan.arguments = process.args ?? []
        plan.environment = process.env ?? []
        if let size = process.consoleSize {
            plan.terminalSize = (UInt16(clamping: size.height), UInt16(clamping: size.width))
        } else {
            plan.terminalSize = context.terminalSize
        }
    }

    mutating func inner(_ action: PlanAction, _ field: String) {
        plan.inner.append(PlanStep(action, from: field))
    }

    mutating func final(_ action: PlanAction, _ field: String) {
        plan.final.append(PlanStep(action, from: field))
    }
}

extension PlanCompiler {
    /// Whoever stands before an OCI runtime's terminal gets lines as the program wrote them; the user's own terminal adds the carriage returns.
    private var isPlainConsole: Bool { context.runtime?.isServed == true }
}
