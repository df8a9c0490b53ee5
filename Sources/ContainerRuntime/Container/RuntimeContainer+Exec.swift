import Cgroups
import Glibc
public import LinuxSystem
public import OCISpec

extension RuntimeContainer {
    /// Starts one more process in the container.
    ///
    /// - Throws: `ApusError` when the container is stopped, or paused without `ignoresPause`; the sentence of the step that failed otherwise.
    public func exec(_ process: Process, _ options: ExecOptions) throws(ApusError) -> LaunchedProcess {
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
        let plan = try plan(process, options, entrance)
        var given = PlanDescriptors.Given()
        given.container = first.descriptor.raw
        given.cgroup = entrance.directory
        given.tasks = entrance.tasks
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try monitor.start(plan, descriptors: descriptors.numbers)
        withExtendedLifetime(descriptors) {}
        let pid = try follow(connection, plan, console: console.raw)
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
        if !options.cgroup.isEmpty {
            throw ApusError(.notSupported, "cannot exec in cgroup \(options.cgroup) below the container's own: that is not there yet")
        }
        do { return try cgroup.entrance(of: record.pid) } catch  where error.code == .notFound {
            throw ApusError(.conflict, "cannot exec in container \(id): its cgroup is gone")
        }
    }

    private func plan(_ process: Process, _ options: ExecOptions, _ entrance: borrowing CgroupEntrance) throws(ApusError) -> LaunchPlan {
        var spec = try self.spec()
        spec.process = process
        spec.hooks = nil  // of the container's life, not of this process's
        var context = PlanContext()
        let legacy = record.cgroup.map { cgroup in cgroup.directories.filter { $0 != cgroup.unified } } ?? []
        context.cgroup = .join(unified: entrance.directory >= 0, tasks: legacy)
        if let profile = spec.linux?.seccomp { context.seccomp = try store.seccompCache.program(for: profile) }
        var runtime = PlanContext.Runtime()
        runtime.preserved = (0..<Int32(options.preservedDescriptors)).map { 3 + $0 }
        runtime.isServed = options.servesTerminal
        context.runtime = runtime
        return try PlanCompiler.exec(spec, joining: NamespaceKinds(rawValue: record.namespaces), context)
    }

    private func follow(_ connection: borrowing MonitorConnection, _ plan: LaunchPlan, console: Int32) throws(ApusError) -> Int32 {
        while true {
            switch try connection.receive() {
            case .started(let pid): return pid
            case .failed(let step, let errno):
                while waitpid(-1, nil, Int32(bitPattern: UInt32(__WALL))) > 0 {}
                throw plan.failure(step: step, errno: errno)
            case .console(let master):
                defer { close(master) }
                try ConsoleSocket.send(master, to: console)
            case .seccompListener(let listener): close(listener)
            case .sync: try connection.sendContinue()
            case .closed: throw ApusError(.system, "the monitor of the program ended before it started anything")
            case .output, .errorOutput, .ended: break
            }
        }
    }
}
