import CShim
import Glibc
public import LinuxSystem

/// A monitor that was just started and waits for its plan.
///
/// It is started before the plan is ready, so that its exec runs beside the compiling. If its owner ends before `start`, it ends too.
public struct Monitor: ~Copyable, Sendable {
    private let socket: OwnedFD
    /// The monitor's pid.
    public let pid: Int32

    /// Whether it makes the container's network namespace while it waits.
    public let makesNetwork: Bool

    /// What the monitor will tell of the network namespace that it makes.
    public struct NetworkNews: Sendable {
        fileprivate let socket: Int32

        /// Waits until the namespace is there.
        ///
        /// To be called once, and before the plan is handed over.
        public func wait() throws(ApusError) -> OwnedFD {
            var kind: UInt8 = 0
            var descriptor: Int32 = -1
            var received = 0
            let length = try systemCall("cannot hear the monitor") {
                unsafe apus_receive_message(socket, &kind, 1, &descriptor, 1, &received)
            }
            guard length == 1, kind == UInt8(ascii: "n"), descriptor >= 0 else {
                if descriptor >= 0 { close(descriptor) }
                throw ApusError(.system, "cannot make a network namespace: the monitor ended")
            }
            return OwnedFD(adopting: descriptor)
        }
    }

    /// The news of the network namespace, of a monitor that was started with `tellsNetwork`.
    public var networkNews: NetworkNews { NetworkNews(socket: socket.raw) }

    /// Starts the program `path` from a read-only detached mount, in a session of its own.
    ///
    /// - Parameter makesNetwork: whether it makes the container's network namespace, with `lo` up, while it waits for the plan. The plan's context
    ///   then has `.network` in `inherited`.
    /// - Throws: `ApusError` naming the program.
    /// - Parameter tellsNetwork: whether it also tells when the namespace is there, by `networkNews`.
    /// - Parameter sharesStdio: whether it has our stdio, for a container that takes it over; otherwise it has /dev/null.
    public init(program path: String, makesNetwork: Bool = false, tellsNetwork: Bool = false, sharesStdio: Bool = false) throws(ApusError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try systemCall("cannot make a socket pair") { unsafe socketpair(AF_UNIX, type, 0, &ends) }
        let theirs = OwnedFD(adopting: ends[1])
        let ours = OwnedFD(adopting: ends[0])
        let null = try openFile("/dev/null", O_RDWR)
        let program = try DetachedMount.program(path)
        let inherited = (sharesStdio ? [0, 1, 2] : [null.raw, null.raw, null.raw]) + [theirs.raw]
        let (child, number) = unsafe "apus-monitor".withCString { name in
            unsafe (tellsNetwork ? "networks" : "network").withCString { word in
                var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [
                    UnsafeMutablePointer(mutating: name), makesNetwork ? UnsafeMutablePointer(mutating: word) : nil, nil,
                ]
                var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
                let child = unsafe apus_spawn(program.raw, &arguments, &environment, inherited, inherited.count, 1)
                return (child, errno)
            }
        }
        if child < 0 { throw ApusError(errno: number, "cannot start the monitor \(path)") }
        socket = ours
        pid = child
        self.makesNetwork = makesNetwork
    }

    /// Hands over the plan and its descriptors, in the plan's order; the answer comes as the connection's first event.
    ///
    public consuming func start(_ plan: LaunchPlan, descriptors: [Int32]) throws(ApusError) -> MonitorConnection {
        let memory = OwnedFD(adopting: try systemCall("cannot make memory for the launch plan") { unsafe apus_memfd_create("apus-plan", 1) })
        try writeAll(memory.raw, PlanEncoder.encode(plan), name: "the launch plan")
        let limit = Int(APUS_PLAN_MAX_SLOTS)
        if descriptors.count > limit {
            throw ApusError(.notSupported, "the container needs \(descriptors.count) mounts and namespaces of the host, more than \(limit)")
        }
        let sent = [memory.raw] + descriptors
        let raw = socket.raw
        try systemCall("cannot hand the launch plan to the monitor") { unsafe apus_send_message(raw, "P", 1, sent, sent.count) }
        return MonitorConnection(socket: socket, planMemory: memory)
    }
}
