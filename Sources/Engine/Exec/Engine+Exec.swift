import Cgroups
public import ContainerRuntime
public import LinuxSystem

extension Engine {
    /// Runs a program in a running container, beside its process 1, and waits until it runs.
    ///
    /// It gets a monitor of its own, which keeps neither lock nor log nor record: when the program has ended, nothing is left of it.
    ///
    /// - Throws: `ApusError` with `.conflict` when the container is not running or paused; `.commandNotFound` and `.cannotExecute` for the program
    ///   itself; the sentence of the step that failed otherwise.
    public func exec(_ request: ExecRequest, in record: ContainerRecord) throws(ApusError) -> Launched {
        let monitor = try startMonitor(nil)
        let container = try RunningContainer(record, containers)
        let builder = try SpecBuilder(request, in: record, paths: paths)
        let spec = try builder.execSpecification(accounts: try AccountDatabase(root: container.root), privileged: request.privileged)
        let entrance = try container.entrance()
        var context = PlanContext()
        context.cgroup = .join(unified: entrance.directory >= 0, tasks: container.cgroup.record.directories.filter { $0 != container.cgroup.record.unified })
        context.seccomp = try builder.seccompProgram(cache: seccompCache)
        context.terminalSize = request.terminalSize
        if request.openStdin { context.flags.formUnion([.openStdin, .stdinOnce]) }
        let plan = try PlanCompiler.exec(spec, joining: builder.ownNamespaces, context)
        var given = PlanDescriptors.Given()
        given.container = container.process.raw
        given.cgroup = entrance.directory
        given.tasks = entrance.tasks
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try monitor.start(plan, descriptors: descriptors.numbers)
        switch try connection.receive() {
        case .started: return Launched(plan: plan, connection: connection)
        case .failed(let step, let errno):
            if container.hasEnded(after: errno) { throw RunningContainer.notRunning(record) }
            throw plan.failure(step: step, errno: errno)
        default: throw ApusError(.system, "the monitor of \"\(request.arguments.first ?? "")\" ended before it started anything")
        }
    }
}

extension RunningContainer {
    /// Opens the ways into its cgroup.
    borrowing func entrance() throws(ApusError) -> CgroupEntrance {
        do { return try cgroup.entrance() } catch  where error.code == .notFound { throw Self.notRunning(record) }
    }
}

extension Launched {
    /// Stays in front of a program of `exec` until it ends, and returns its exit code; 0 after the detach keys.
    public consuming func attach(_ options: AttachSession.Options, program: String) throws(ApusError) -> Int32 {
        let session = try AttachSession(connection, options) { _ in }
        if let status = try session.run().status { return status }
        throw ApusError(.system, "the monitor of \"\(program)\" was lost, and the program with it")
    }
}
