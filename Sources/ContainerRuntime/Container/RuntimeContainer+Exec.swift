import Cgroups
import Glibc
public import LinuxSystem
public import OCISpec

extension RuntimeContainer {
    /// Starts one more process in the container.
    ///
    /// - Parameter complain: hears of what is done without.
    /// - Throws: `ApusError` when the container is stopped, or paused without `ignoresPause`; the sentence of the step that failed otherwise.
    public func exec(_ process: Process, _ options: ExecOptions, complain: (ApusError) -> Void) throws(ApusError) -> LaunchedProcess {
        let monitor = try Monitor(program: try Monitor.program(), sharesStdio: !options.servesTerminal)
        let status = self.status()
        guard status != .stopped && status != .creating, let first = try self.process() else {
            throw ApusError(.conflict, "cannot exec in a container that is \(status.rawValue): \(id)")
        }
        if status == .paused && !options.ignoresPause {
            throw ApusError(.conflict, "cannot exec in a paused container: \(id)", hint: "use --ignore-paused to start it all the same")
        }
        let console = try openConsole(process, options)
        let entrance = try entrance(options)
        var spec = try self.spec()
        spec.process = process.completed(from: spec.process)
        let root = try openFile("/proc/\(record.pid ?? 0)/root", openPathOnly | O_DIRECTORY)
        spec.process?.addHome(AccountDatabase.tolerant(root: root))
        spec.hooks = nil  // of the container's life, not of this process's
        let plan = try plan(spec, options, entrance)
        for warning in plan.warnings { complain(ApusError(.notSupported, warning)) }
        var given = PlanDescriptors.Given()
        given.container = first.descriptor.raw
        given.cgroup = entrance.directory
        given.tasks = entrance.tasks
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try monitor.start(plan, descriptors: descriptors.numbers)
        withExtendedLifetime(descriptors) {}
        let start = ProcessStart(plan: plan, console: console.raw, seccomp: spec.linux?.seccomp) { pid in state(status) }
        let pid: Int32
        do throws(ApusError) {
            pid = try start.follow(connection) { _, pid throws(ApusError) in
                // It is no child of the container's, so it does not inherit the group.
                if let settings = spec.linux?.intelRdt { try ResctrlGroup(settings, containerID: id).add(pid) }
            }
        } catch {
            ProcessStart.reapChildren()
            throw error
        }
        if let path = options.pidfdSocket { try ConsoleSocket.sendProcess(pid, to: path) }
        if let path = options.pidFile { try replaceFile(path, with: Array("\(pid)".utf8)) }
        return LaunchedProcess(pid: pid, connection: connection, isServed: options.servesTerminal)
    }

    private func openConsole(_ process: Process, _ options: ExecOptions) throws(ApusError) -> OwnedFD {
        guard let path = options.consoleSocket else {
            if process.terminal == true && !options.servesTerminal {
                throw ApusError(.invalidArgument, "cannot give the program a terminal: --console-socket is missing")
            }
            return .none
        }
        guard process.terminal == true else { throw ApusError(.invalidArgument, "cannot use a console socket: the process has no terminal") }
        return try ConsoleSocket.connect(path)
    }

    private func entrance(_ options: ExecOptions) throws(ApusError) -> CgroupEntrance {
        let cgroup = try needCgroup()
        do { return try cgroup.entrance(of: record.pid, below: SubCgroups(options.cgroups)) } catch  where error.code == .notFound {
            throw ApusError(.conflict, "cannot exec in container \(id): its cgroup is gone")
        }
    }

    private func plan(_ spec: Spec, _ options: ExecOptions, _ entrance: borrowing CgroupEntrance) throws(ApusError) -> LaunchPlan {
        var context = PlanContext()
        let legacy = record.cgroup.map { cgroup in cgroup.directories.filter { $0 != cgroup.unified } } ?? []
        context.cgroup = .join(unified: entrance.directory >= 0, tasks: legacy)
        if let profile = spec.linux?.seccomp { context.seccomp = try store.seccompCache.program(for: profile) }
        if options.servesTerminal { context.terminalSize = Terminal.size() }
        var runtime = PlanContext.Runtime()
        runtime.preserved = try ContainerCreation.preserved(options.preservedDescriptors)
        runtime.isServed = options.servesTerminal
        runtime.syncsNamespaces = spec.linux?.intelRdt != nil
        context.runtime = runtime
        return try PlanCompiler.exec(spec, joining: NamespaceKinds(rawValue: record.namespaces), context)
    }
}
