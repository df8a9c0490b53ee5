import Cgroups
import Glibc
import LinuxSystem
import OCISpec

extension ContainerCreation {
    /// Makes the cgroup, hands the plan over, and does at each sync what is due.
    mutating func launch(_ monitor: consuming Monitor) throws(ApusError) -> LaunchedProcess {
        let console = try openConsole()
        let cgroup = try makeCgroup()
        record.cgroup = cgroup.record
        // From now on `delete` finds what a killed creation left running.
        try store.write(record)
        let root = try DetachedMount.bind(
            BindMount(
                source: record.rootfs, isRecursive: true, set: [], clear: [], attributesAreRecursive: false, propagation: .recursivePrivate))
        let entrance = try cgroup.entrance()
        let directory = try openDirectory(store.directory(record.id))
        let socket = waits ? try StartSocket.listen(in: directory) : .none
        let plan = try PlanCompiler.start(spec, try context(cgroup, entrance))
        record.remainder = LaunchRemainder(of: plan)
        var given = PlanDescriptors.Given()
        given.root = root.raw
        given.cgroup = entrance.directory
        given.tasks = entrance.tasks
        given.startSocket = socket.raw
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try monitor.start(plan, descriptors: descriptors.numbers)
        withExtendedLifetime(descriptors) {}
        let pid = try follow(connection, plan, console: console.raw)
        try store.write(record)
        if let path = options.pidFile { try replaceFile(path, with: Array("\(pid)".utf8)) }
        if !waits {
            let runner = HookRunner(bundle: record.bundle, container: nil)
            let container = RuntimeContainer(record, store)
            if let hooks = spec.hooks?.poststart {
                runner.runAll(hooks, .poststart, state: try container.hookState(.running, pid: pid), complain: complain)
            }
        }
        return LaunchedProcess(pid: pid, connection: connection, isServed: options.servesTerminal)
    }

    private func openConsole() throws(ApusError) -> OwnedFD {
        guard spec.process?.terminal == true, !options.servesTerminal else {
            if options.consoleSocket != nil {
                throw ApusError(.invalidArgument, "cannot use a console socket: process.terminal is not set")
            }
            return .none
        }
        guard let path = options.consoleSocket else {
            throw ApusError(.invalidArgument, "cannot give the program a terminal: --console-socket is missing")
        }
        return try ConsoleSocket.connect(path)
    }

    private func makeCgroup() throws(ApusError) -> Cgroup {
        let path = spec.linux?.cgroupsPath ?? ""
        let parts = path.split(separator: "/").map(String.init)
        let placement: CgroupPlacement = path.hasPrefix("/") ? .absolute("/" + parts.dropLast().joined(separator: "/")) : .own((["apus-runtime"] + parts.dropLast()).joined(separator: "/"))
        return try Cgroup.create(parts.last ?? record.id, in: placement, resources: DefaultDevices.allowed(in: spec.linux?.resources), on: host)
    }

    private func context(_ cgroup: Cgroup, _ entrance: borrowing CgroupEntrance) throws(ApusError) -> PlanContext {
        var context = PlanContext()
        let legacy = cgroup.record.directories.filter { $0 != cgroup.record.unified }
        context.cgroup = .join(unified: entrance.directory >= 0, tasks: legacy)
        if let profile = spec.linux?.seccomp { context.seccomp = try store.seccompCache.program(for: profile) }
        var runtime = PlanContext.Runtime()
        runtime.waitsForStart = waits
        runtime.rootPath = record.rootfs
        runtime.pivots = options.pivots
        runtime.makesKeyring = options.makesKeyring
        runtime.preserved = (0..<Int32(options.preservedDescriptors)).map { 3 + $0 }
        runtime.isServed = options.servesTerminal
        context.runtime = runtime
        return context
    }

    /// Follows the start to its end; the pid of the process.
    private mutating func follow(_ connection: borrowing MonitorConnection, _ plan: LaunchPlan, console: Int32) throws(ApusError) -> Int32 {
        while true {
            switch try connection.receive() {
            case .started(let pid):
                record.pid = pid
                record.processStart = ProcessStat(pid: pid)?.start
                return pid
            case .failed(let step, let errno): throw plan.failure(step: step, errno: errno)
            case .sync(let point, let pid):
                try reach(point, pid)
                try connection.sendContinue()
            case .console(let master):
                defer { close(master) }
                try ConsoleSocket.send(master, to: console)
            case .seccompListener(let listener): close(listener)
            case .closed: throw ApusError(.system, "the monitor of container \(record.id) ended before it started anything")
            case .output, .errorOutput, .ended: break
            }
        }
    }

    /// What is due while the process waits.
    private mutating func reach(_ point: SyncPoint, _ pid: Int32) throws(ApusError) {
        let process = try ProcessHandle(pid: pid)
        let runner = HookRunner(bundle: record.bundle, container: (process.descriptor.raw, NamespaceKinds(rawValue: record.namespaces)))
        let container = RuntimeContainer(record, store)
        switch point {
        case .namespaces: break
        case .created:
            let state = try container.hookState(.creating, pid: pid)
            try runner.run(spec.hooks?.prestart, .prestart, state: state, inside: false)
            try runner.run(spec.hooks?.createRuntime, .createRuntime, state: state, inside: false)
            try runner.run(spec.hooks?.createContainer, .createContainer, state: state, inside: true)
        case .starting:
            try runner.run(spec.hooks?.startContainer, .startContainer, state: try container.hookState(.created, pid: pid), inside: true)
        }
    }
}
