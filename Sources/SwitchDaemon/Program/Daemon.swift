import CShim
import Glibc
import LinuxSystem
import NameServer
import SwitchControl
import SwitchCore

/// The running daemon: the switch, its control socket, and the loop that serves them.
final class Daemon {
    private let paths: SwitchPaths
    private let choice: DatapathChoice
    private let log: DaemonLog
    private let isOnDemand: Bool
    /// Whether the socket's name is ours to remove, and not systemd's.
    private var isOwnSocket = true

    init(paths: SwitchPaths, datapath: DatapathChoice, log: DaemonLog, isOnDemand: Bool) {
        self.paths = paths
        choice = datapath
        self.log = log
        self.isOnDemand = isOnDemand
    }

    /// Runs until a signal ends it, or, started on demand, until no bridge is left.
    ///
    /// - Throws: `.conflict` where another daemon serves the instance.
    func run() throws(ApusError) {
        _ = unsafe chdir("/")
        try makeDirectories(paths.instance.runDirectory, mode: 0o711)
        try makeDirectories(paths.instance.root, mode: 0o711)
        try makeDirectories(paths.directory, mode: 0o700)
        guard let lock = try takeLock() else {
            // Somebody else has started one meanwhile: the client finds that.
            return Readiness.tell("\n")
        }
        defer { withExtendedLifetime(lock.raw) {} }
        // A switch without bridges leaves nothing in the kernel; what it has opened is closed by then.
        if try serve() { DatapathChoice.destroy(paths.instance, log: log) }
    }

    /// The lock of the instance; nil where another daemon answers clients already.
    ///
    /// For a client it is waited for a little: who holds it may be just ending, or just starting.
    private func takeLock() throws(ApusError) -> OwnedFD? {
        for _ in 0..<(isOnDemand ? 1000 : 1) {
            if let lock = try FileLock.take(paths.lock) { return lock }
            guard isOnDemand else { break }
            if try SwitchClient.connect(paths) != nil { return nil }
            usleep(10_000)
        }
        throw ApusError(.conflict, "another apus-switchd serves \(paths.instance.root)")
    }

    /// Serves until the end; whether no bridge is left.
    private func serve() throws(ApusError) -> Bool {
        let loop = try EventLoop()
        defer { loop.clear() }
        let signals = [SIGTERM, SIGINT, SIGHUP]
        let queue = OwnedFD(adopting: try systemCall("cannot take signals") { unsafe apus_signal_queue(signals, signals.count) })
        let database = try SwitchDatabase(paths.database, boot: SwitchDatabase.currentBoot())
        let (datapath, remark) = try choice.make(paths.instance, log: log)
        let links = try KernelLinks()
        let vswitch = Switch(database: database, datapath: datapath, links: links, log: log)
        vswitch.remark = remark
        // Before the interfaces are looked at: what changes meanwhile is then told.
        if let descriptor = links.eventDescriptor {
            try loop.watch(descriptor) { [log] _ in
                do throws(ApusError) { try vswitch.takeLinkEvents() } catch { log(.error, about: "links", "\(error)") }
            }
        }
        try vswitch.restore()
        let maintenance = Maintenance(vswitch)
        if let descriptor = datapath.upcallDescriptor {
            try loop.watch(descriptor) { [log] _ in
                do throws(ApusError) { _ = try vswitch.takeUpcalls() } catch { log(.error, about: "upcalls", "\(error)") }
            }
        }
        let server = try listen(vswitch, loop)
        var isTold = false
        try loop.watch(queue.raw) { _ in
            let signal = apus_signal_next(queue.raw)
            if signal == SIGHUP { vswitch.validated = ~vswitch.network.generation } else if signal != 0 { isTold = true }
            if isTold { loop.stop() }
        }
        loop.beforeWaiting = { [log] in
            do throws(ApusError) { try maintenance.tick() } catch { log(.error, about: "maintenance", "\(error)") }
            return maintenance.deadline
        }
        loop.every(milliseconds: 500) { [isOnDemand] in
            if isOnDemand && vswitch.isIdle && server.clientCount == 0 { loop.stop() }
        }
        // Its threads take no signals: they are made when these are taken by the queue.
        let names = try NameServer(paths.instance) { sentence in try? writeAll(2, Array("apus-switchd: names: \(sentence)\n".utf8), name: "stderr") }
        defer { names.stop() }
        log(
            .info,
            "apus-switchd \(ApusVersion.number) serves \(paths.instance.root): datapath \(datapath.kind), \(vswitch.bridges.count) bridges, \(vswitch.ports.count) ports"
        )
        if isOnDemand { Readiness.tell("\n") }
        Readiness.tellSystemd("READY=1\nSTATUS=\(vswitch.bridges.count) bridges, \(vswitch.ports.count) ports")
        try loop.run()
        while !isTold {
            // Who came at the last moment is served; who comes from now on finds nobody and starts a daemon.
            _ = unsafe unlink(paths.socket)
            try loop.step(milliseconds: 0)
            try loop.step(milliseconds: 0)
            if vswitch.isIdle && server.clientCount == 0 { break }
            try server.listenAgain(at: paths.socket)
            try loop.run()
        }
        Readiness.tellSystemd("STOPPING=1")
        log(.info, "apus-switchd ends; known flows go on where the datapath is in the kernel")
        if isOwnSocket && isTold { _ = unsafe unlink(paths.socket) }
        return vswitch.isIdle
    }

    private func listen(_ vswitch: Switch, _ loop: EventLoop) throws(ApusError) -> ControlServer {
        let inherited = isOnDemand ? OwnedFD.none : Readiness.inheritedSocket()
        isOwnSocket = inherited.raw < 0
        let listener = isOwnSocket ? try ControlServer.listen(at: paths.socket) : inherited
        return try ControlServer(
            listener: listener, loop: loop, log: log,
            answer: { request, connection in
                if case .capture(let ports) = request { return vswitch.capture(ports, connection) }
                return vswitch.answer(request)
            },
            ended: { connection in vswitch.endCapture(connection) })
    }
}
