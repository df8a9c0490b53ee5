import Cgroups
import Glibc
import LinuxSystem
import OCISpec

extension ContainerCreation {
    /// Makes the cgroup, hands the plan over, and does at each sync what is due.
    mutating func launch(_ monitor: consuming Monitor) throws(ApusError) -> LaunchedProcess {
        let console = try openConsole()
        let cgroup = try makeCgroup()
        record.cgroup = cgroup?.record
        record.plannedCgroup = nil
        if options.systemdCgroup { record.unit = try SystemdUnit(spec.linux?.cgroupsPath, id: record.id, isRootless: options.rootless) }
        // From now on `delete` finds what a killed creation left running.
        try store.write(record)
        let root = try DetachedMount.root(record.rootfs, propagation: spec.linux?.rootfsPropagation.flatMap { Propagation(option: $0) })
        let entrance = try cgroup?.entrance() ?? CgroupEntrance.none
        let directory = try openDirectory(store.directory(record.id))
        let socket = waits ? try StartSocket.listen(in: directory) : .none
        let notify = waits ? .none : try NotifySocket.listen(in: store.directory(record.id))
        addHome(AccountDatabase.tolerant(root: root))
        var context = try context(cgroup, entrance)
        if monitor.makesNetwork { context.inherited = .network }
        let plan = try PlanCompiler.start(spec, context)
        for warning in plan.warnings { complain(ApusError(.notSupported, warning)) }
        record.remainder = LaunchRemainder(of: plan)
        var given = PlanDescriptors.Given()
        given.root = root.raw
        given.cgroup = entrance.directory
        given.tasks = entrance.tasks
        given.startSocket = socket.raw
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try monitor.start(plan, descriptors: descriptors.numbers)
        withExtendedLifetime(descriptors) {}
        let creation = self
        let start = ProcessStart(plan: plan, console: console.raw, seccomp: spec.linux?.seccomp) { pid in
            RuntimeContainer(creation.record, creation.store).state(.creating, pid: pid)
        }
        let pid = try start.follow(connection) { point, pid throws(ApusError) in
            if point == .namespaces, let unit = record.unit {
                record.cgroup = try unit.start(with: pid, resources: DefaultDevices.allowed(in: spec.linux?.resources), on: host).record
            }
            try creation.reach(point, pid)
        }
        record.pid = pid
        record.processStart = ProcessStat(pid: pid)?.start
        try store.write(record)
        if let path = options.pidfdSocket { try ConsoleSocket.sendProcess(pid, to: path) }
        if let path = options.pidFile { try replaceFile(path, with: Array("\(pid)".utf8)) }
        if !waits {
            let runner = HookRunner(bundle: record.bundle, container: nil)
            let container = RuntimeContainer(record, store)
            if let hooks = spec.hooks?.poststart {
                try runner.run(hooks, .poststart, state: container.hookState(.running, pid: pid), inside: false)
            }
        }
        return LaunchedProcess(pid: pid, connection: connection, isServed: options.servesTerminal, notify: notify)
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

    /// Makes the cgroup; systemd makes one when it has a process to put there.
    private func makeCgroup() throws(ApusError) -> Cgroup? {
        let resources = DefaultDevices.allowed(in: spec.linux?.resources)
        if options.systemdCgroup { return nil }
        return try Cgroup.create(
            CgroupsPath(spec.linux?.cgroupsPath, id: record.id), resources: resources, isRootless: options.rootless, on: host)
    }

    private func context(_ cgroup: Cgroup?, _ entrance: borrowing CgroupEntrance) throws(ApusError) -> PlanContext {
        var context = PlanContext()
        let directories = cgroup?.record.directories ?? []
        let legacy = directories.filter { $0 != cgroup?.record.unified }
        context.cgroup = .join(unified: entrance.directory >= 0, tasks: legacy)
        context.bundle = record.bundle
        if options.servesTerminal { context.terminalSize = Terminal.size() }
        let kinds = Set((spec.linux?.namespaces ?? []).map(\.type))
        context.cgroupMounts = PlanContext.cgroupMounts(
            host: host, directories: directories, hasNamespace: kinds.contains("cgroup"), inUserNamespace: kinds.contains("user"))
        if let profile = spec.linux?.seccomp { context.seccomp = try store.seccompCache.program(for: profile) }
        var runtime = PlanContext.Runtime()
        runtime.waitsForStart = waits
        runtime.syncsNamespaces = spec.linux?.netDevices?.isEmpty == false || spec.linux?.intelRdt != nil || options.systemdCgroup
        runtime.rootPath = record.rootfs
        runtime.pivots = options.pivots
        runtime.makesKeyring = options.makesKeyring
        runtime.preserved = try Self.preserved(options.preservedDescriptors)
        runtime.isServed = options.servesTerminal
        context.runtime = runtime
        return context
    }

    /// What is due while the process waits.
    private func reach(_ point: SyncPoint, _ pid: Int32) throws(ApusError) {
        let process = try ProcessHandle(pid: pid)
        var runner = HookRunner(bundle: record.bundle, container: (process.descriptor.raw, NamespaceKinds(rawValue: record.namespaces)))
        let container = RuntimeContainer(record, store)
        switch point {
        case .namespaces:
            if let devices = spec.linux?.netDevices { try NetworkDevices.move(devices, toNamespaceOf: pid) }
            if let settings = spec.linux?.intelRdt { try ResctrlGroup.create(settings, containerID: record.id).add(pid) }
        case .created:
            let state = container.hookState(.creating, pid: pid)
            try runner.run(spec.hooks?.prestart, .prestart, state: state, inside: false)
            try runner.run(spec.hooks?.createRuntime, .createRuntime, state: state, inside: false)
            runner.directory = record.rootfs  // as runc has it: libraries are bound below ./lib
            try runner.run(spec.hooks?.createContainer, .createContainer, state: state, inside: true)
        case .starting:
            try runner.enterProgram(of: spec, store.seccompCache)
            try runner.run(spec.hooks?.startContainer, .startContainer, state: container.hookState(.created, pid: pid), inside: true)
        }
    }
}
