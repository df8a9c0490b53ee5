import Cgroups
public import ContainerRuntime
import Glibc
import ImageStore
public import LinuxSystem
import Netlink
import Network
import OCISpec

/// One start of a container, from its record to its monitor's answer.
///
/// The monitor is started first, so that its exec runs beside the preparing; everything that is made before the plan is handed over is undone
/// when a later step fails, and everything after it is the monitor's to undo.
public struct ContainerStart: ~Copyable {
    let engine: Engine
    let record: ContainerRecord
    let lock: OwnedFD
    let monitor: Monitor
    private let directory: String
    private let runDirectory: String

    /// Begins a start: the lock is held by the caller and goes on to the monitor.
    public init(_ record: ContainerRecord, lock: consuming OwnedFD, monitor: consuming Monitor, engine: Engine) {
        self.monitor = monitor
        self.engine = engine
        self.record = record
        self.lock = lock
        directory = engine.paths.container(record.id)
        runDirectory = engine.paths.running(record.id)
    }

    /// Options of one start that are not the container's.
    public struct Options: Sendable {
        /// Whether each step is timed.
        public var timing = false
        /// The terminal's first size.
        public var terminalSize: (rows: UInt16, columns: UInt16)?
        /// No options.
        public init() {}
    }

    /// Prepares and hands over; the connection's first event tells whether the program runs.
    ///
    /// - Returns: the plan, for its sentences and timings, and the connection.
    public consuming func launch(_ options: Options) throws(ApusError) -> Launched {
        try makeRunDirectory(runDirectory)
        var made: Cgroup?
        var network: NetworkStart?
        do {
            network = try startNetwork()
            let root = try mountRoot()
            let builder = try SpecBuilder(record, paths: engine.paths)
            let spec = try builder.specification(accounts: try AccountDatabase(root: root), withSeccomp: false, networkPath: try networkPath())
            let host = try CgroupHost.detect()
            let cgroup = try makeCgroup(spec, host)
            made = cgroup
            try writeRecord(cgroup.record, "\(runDirectory)/cgroup.json")
            try ContainerFiles(record: record, directory: runDirectory, engine: engine, connectivity: network?.prepared.connectivity).write()
            if !record.settings.autoRemove { try writeRecord(ExitRecord.lost, "\(directory)/exit.json") }
            let entrance = try cgroup.entrance()
            var context = PlanContext(host: host, cgroup: cgroup, entrance: entrance)
            context.seccomp = try builder.seccompProgram(cache: engine.seccompCache)
            if monitor.makesNetwork { context.inherited = .network }
            let reserved = network?.prepared.reservation.sockets ?? []
            context.kept = [.lock, .containerDirectory, .runDirectory]
            if network != nil { context.kept += [.netfilter] + reserved.indices.map { .reservation($0) } }
            context.terminalSize = options.terminalSize
            if options.timing { context.flags.insert(.timing) }
            if record.settings.useInit { context.flags.insert(.initProcess) }
            if record.settings.openStdin { context.flags.insert(.openStdin) }
            if record.settings.stdinOnce { context.flags.insert(.stdinOnce) }
            context.after = after(cgroup, isOnNetworks: network != nil)
            let plan = try PlanCompiler.start(spec, context)
            let containerDirectory = try openDirectory(directory)
            let running = try openDirectory(runDirectory)
            var given = PlanDescriptors.Given()
            given.root = root.raw
            given.cgroup = entrance.directory
            given.tasks = entrance.tasks
            given.kept = [.lock: lock.raw, .containerDirectory: containerDirectory.raw, .runDirectory: running.raw]
            let netfilter = network == nil ? OwnedFD.none : try NetlinkSocket(.netfilter).take()
            given.kept[.netfilter] = netfilter.raw
            for (index, socket) in reserved.enumerated() { given.kept[.reservation(index)] = socket }
            let descriptors = try PlanDescriptors(for: plan, given: given)
            try network?.finish()
            let connection = try monitor.start(plan, descriptors: descriptors.numbers)
            return Launched(plan: plan, connection: connection)
        } catch {
            // The thread works with the monitor's namespace.
            _ = try? network?.finish()
            engine.networks.release(record.id)
            try? made?.remove(withEmptyParents: true)
            try? removeTree(runDirectory)
            throw error
        }
    }

    /// Takes addresses and ports, and begins to connect; nil for a container on no network.
    private borrowing func startNetwork() throws(ApusError) -> NetworkStart? {
        guard monitor.makesNetwork, let settings = record.settings.connectivity, !settings.attachments.isEmpty else { return nil }
        let networks = engine.networks
        let own = Connectivity(id: record.id, name: record.name, hostname: record.hostname, dns: settings.dns)
        let prepared = try networks.prepare(own, settings.attachments, ports: settings.published)
        do { return try NetworkStart(prepared, networks, news: monitor.networkNews) } catch {
            networks.release(record.id)
            throw error
        }
    }

    /// The network namespace of the container that this one shares it with.
    private func networkPath() throws(ApusError) -> String? {
        guard case .container(let id) = record.settings.networkMode else { return nil }
        let other = try engine.containers.find(id)
        guard let run = try engine.containers.run(of: other) else {
            throw ApusError(.conflict, "cannot join the network of container \(other.name): it is not running")
        }
        return "/proc/\(run.pid)/ns/net"
    }

    private func makeRunDirectory(_ path: String) throws(ApusError) {
        if unsafe mkdir(path, 0o711) != 0 { try makeDirectories(path, mode: 0o711) }
    }

    private func mountRoot() throws(ApusError) -> OwnedFD {
        let container = "../../containers/\(record.id)"
        try ContainerTrees(record: record, engine: engine).makeUpper("upper")
        if unsafe mkdir("\(directory)/work", 0o700) != 0 && errno != EEXIST {
            let number = errno
            throw ApusError(errno: number, "cannot make directory \(directory)/work")
        }
        let lower = record.layers + [Mountpoints(record: record, paths: engine.paths).layer].compactMap { $0 }
        let overlay = OverlayMount(
            base: engine.images.layerBase, lower: lower, upper: "\(container)/upper", work: "\(container)/work",
            isVolatile: record.settings.autoRemove)
        return try overlay.mountDetached()
    }

    private func makeCgroup(_ spec: Spec, _ host: CgroupHost) throws(ApusError) -> Cgroup {
        let placement: CgroupPlacement = record.settings.cgroupParent.map { .absolute($0) } ?? .own(engine.paths.cgroupName)
        return try Cgroup.create(
            record.id, in: placement, resources: DefaultDevices.allowed(in: spec.linux?.resources), implicitSwap: record.settings.resources.hasImplicitSwap,
            on: host)
    }

    /// What the monitor does at the end: records first, then the removal of what the kernel does not remove itself.
    private func after(_ cgroup: Cgroup, isOnNetworks: Bool) -> [PlanStep] {
        var steps: [PlanStep] = []
        if let path = cgroup.record.outOfMemoryFile { steps.append(PlanStep(.outOfMemory(path: path), from: "linux.resources.memory")) }
        if !record.settings.autoRemove { steps.append(PlanStep(.recordExit(slot: 1, name: "exit.json"), from: "container")) }
        for path in cgroup.record.directories {
            steps.append(PlanStep(.removeCgroup(path, withEmptyParent: cgroup.record.placement.hasOwnParent), from: "linux.cgroupsPath"))
        }
        if isOnNetworks {
            steps.append(PlanStep(.sendFile(slot: 2, file: "unpublish", socket: 3), from: "--publish"))
            steps.append(PlanStep(.releaseLinks(slot: 2, file: "links", target: record.id), from: "--network"))
        }
        steps.append(PlanStep(.removeTree(runDirectory), from: "container"))
        if record.settings.autoRemove {
            steps.append(PlanStep(.removeLink(path: "\(engine.paths.names)/\(record.name)", target: record.id), from: "--rm"))
            for volume in record.settings.mounts where volume.isAnonymous {
                steps.append(PlanStep(.removeTree("\(engine.paths.volumes)/\(volume.source)"), from: "--rm"))
            }
            steps.append(PlanStep(.removeTree(directory), from: "--rm"))
            steps.append(PlanStep(.removeTree(engine.paths.lock(record.id)), from: "--rm"))
        }
        return steps
    }
}

/// A plan in a monitor's hands.
public struct Launched: ~Copyable {
    /// The plan, for its sentences and timings.
    public let plan: LaunchPlan
    /// The first client's connection.
    public let connection: MonitorConnection
}

extension ExitRecord {
    /// Whether no monitor has said how it ended.
    var isLost: Bool { finishedAt.hasPrefix("0001-") && neverRan != true }

    /// What holds from the start until the monitor writes how it ended.
    static var lost: ExitRecord {
        ExitRecord(exitCode: 137, finishedAt: "0001-01-01T00:00:00Z", error: "its monitor or the machine ended before it did")
    }
}
