import Glibc
import LinuxSystem
import SwitchControl
import Synchronization
import Testing

@testable import SwitchDaemon

/// A control socket with a switch behind it, on a thread of its own.
final class Served: Sendable {
    let paths: SwitchPaths
    private let thread: WorkerThread
    private let isEnded = Semaphore(0)

    /// - Parameter prepare: what is done to the switch before it serves.
    init(_ prepare: @escaping @Sendable (Bench) throws -> Void = { _ in }) throws {
        let directory = try Scratch()
        // The run directory follows from the root; this one is a test's own.
        let instance = Instance(root: directory.path)
        try makeDirectories(instance.runDirectory, mode: 0o700)
        let paths = SwitchPaths(instance)
        self.paths = paths
        let ready = Promise<String?>()
        let flag = Flag()
        let ended = isEnded
        thread = try WorkerThread {
            do {
                let bench = try Bench()
                try prepare(bench)
                let loop = try EventLoop()
                loop.every(milliseconds: 5) { if flag.isSet { loop.stop() } }
                let server = try ControlServer(
                    listener: ControlServer.listen(at: paths.socket), loop: loop, log: DaemonLog { _ in },
                    answer: { request, _ in bench.vswitch.answer(request) })
                ready.keep(nil)
                try loop.run()
                _ = server.clientCount
            } catch {
                ready.keep("\(error)")
            }
            ended.signal()
        }
        self.flag = flag
        if let failure = ready.wait() { throw ApusError(.system, failure) }
    }

    private let flag: Flag

    final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    deinit {
        flag.set()
        isEnded.wait()
        thread.join()
        try? removeTree(paths.instance.runDirectory)
    }

    /// A connection that speaks bytes.
    func raw() throws -> OwnedFD {
        let socket = OwnedFD(adopting: Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
        var address = socketAddress(paths.socket)
        try systemCall("connect") { [raw = socket.raw] in unsafe withAddress(&address) { pointer, size in unsafe connect(raw, pointer, size) } }
        return socket
    }

    func client() throws -> SwitchClient {
        guard let client = try SwitchClient.connect(paths) else { throw ApusError(.notFound, "nobody listens") }
        return client
    }
}

/// The control socket: many clients, slow ones, hostile ones.
@Suite struct ControlTests {
    @Test func requestsAreAnswered() throws {
        let served = try Served { $0.links.add("v1") }
        let client = try served.client()
        #expect(try client.change(.addBridge(BridgeSettings(name: "b")), .addPort(PortSettings(bridge: "b", interface: "v1", kind: .veth))) == [0, 1])
        #expect(try client.ports().map(\.settings.name) == ["v1"])
        #expect(try client.state().ports == 1)
        let error = #expect(throws: ApusError.self) { try client.change(.removeBridge("nobody")) }
        #expect(error?.code == .notFound)
        // The connection goes on after a refusal.
        #expect(try client.bridges().count == 1)
    }

    /// A port costs its transaction and one round trip: far less than a third of a millisecond.
    @Test func aPortIsAddedQuickly() throws {
        let count = 300
        let served = try Served { bench in
            _ = try bench.vswitch.change([.addBridge(BridgeSettings(name: "b"))])
            for number in 0..<count { bench.links.add("v\(number)") }
        }
        let client = try served.client()
        var times: [UInt64] = []
        for number in 0..<count {
            var port = PortSettings(bridge: "b", interface: "v\(number)", kind: .veth)
            port.isEphemeral = true
            let start = monotonicNanoseconds()
            try client.change(.addPort(port))
            times.append(monotonicNanoseconds() - start)
        }
        let median = times.sorted()[count / 2] / 1000
        print("adding a port by one request: \(median) microseconds (median)")
        #expect(median < 3000)
    }

    @Test func damagedRequestsEndTheConnectionAlone() throws {
        let served = try Served()
        var random = SystemRandomNumberGenerator()
        let whole = try Request.change([.addBridge(BridgeSettings(name: "b")), .addRules(bridge: "b", ["actions=drop"])]).encoded()
        for round in 0..<300 {
            let socket = try served.raw()
            var bytes = whole
            switch round % 3 {
            case 0: bytes = (0..<Int.random(in: 1...64, using: &random)).map { _ in .random(in: 0...255, using: &random) }
            case 1: bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            default: bytes = Array(bytes.prefix(.random(in: 1..<bytes.count, using: &random)))
            }
            _ = unsafe send(socket.raw, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        #expect(try served.client().state().pid == getpid())
    }

    @Test func anotherVersionIsToldSo() throws {
        let served = try Served()
        let socket = try served.raw()
        var bytes = try Request.state.encoded()
        bytes[4] = 99
        _ = unsafe send(socket.raw, bytes, bytes.count, 0)
        var room = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(socket.raw, &room, room.count, 0)
        try #require(count > Frame.headSize)
        guard case .failed(let error) = try Reply(message: Array(room[Frame.headSize..<count])) else { throw ApusError(.system, "no failure") }
        #expect(error.code == .notSupported && error.description.contains("99"))
    }

    @Test func requestsMayComeInPiecesAndTogether() throws {
        let served = try Served()
        let socket = try served.raw()
        let bytes = try Request.bridges.encoded() + Request.drops.encoded()
        for byte in bytes.dropLast(3) {
            var one = byte
            _ = unsafe send(socket.raw, &one, 1, 0)
        }
        let rest = Array(bytes.suffix(3))
        _ = unsafe send(socket.raw, rest, rest.count, 0)
        var received: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        while received.count < 40 {
            let count = unsafe recv(socket.raw, &room, room.count, 0)
            if count <= 0 { break }
            received += room[..<count]
        }
        let first = try #require(try Frame(received[...]))
        #expect(try Reply(message: Array(received[Frame.headSize..<Frame.headSize + first.length])) == .bridges([]))
    }

    /// A client that does not read holds up nobody.
    @Test func aSlowClientIsNotWaitedFor() throws {
        let served = try Served { bench in
            _ = try bench.vswitch.change([.addBridge(BridgeSettings(name: "b"))])
            let rules = (0..<5000).map { "priority=\($0),tcp,tp_dst=\($0),actions=drop" }
            _ = try bench.vswitch.change([.addRules(bridge: "b", rules)])
        }
        let slow = try served.raw()
        let question = try Request.rules(bridge: "b", match: "").encoded()
        for _ in 0..<20 { _ = unsafe send(slow.raw, question, question.count, Int32(MSG_NOSIGNAL)) }
        let client = try served.client()
        for _ in 0..<20 { #expect(try client.bridges().count == 1) }
        // And it gets everything when it reads.
        var left = 20
        while left > 0 {
            var head = [UInt8](repeating: 0, count: Frame.headSize)
            #expect(unsafe recv(slow.raw, &head, head.count, Int32(MSG_WAITALL)) == head.count)
            let length = try #require(try Frame(head[...])).length
            var message = [UInt8](repeating: 0, count: length)
            #expect(unsafe recv(slow.raw, &message, length, Int32(MSG_WAITALL)) == length)
            guard case .rules(let rules) = try Reply(message: message) else { throw ApusError(.system, "no rules") }
            #expect(rules.count == 5000)
            left -= 1
        }
    }

    /// A connection that has ended keeps no descriptor.
    @Test func connectionsLeaveNothing() throws {
        let served = try Served()
        func open() throws -> Int { try listDirectory("/proc/self/fd").count }
        _ = try served.client().state()
        let before = try open()
        for _ in 0..<300 { _ = try served.client().state() }
        // Other tests of this process open things too, but not as many.
        var after = try open()
        for _ in 0..<200 where after > before + 150 {
            usleep(10_000)
            after = try open()
        }
        #expect(after < before + 150, "\(before) descriptors, then \(after)")
    }

    @Test func manyClients() throws {
        let served = try Served()
        var sockets: [Int32] = []
        for _ in 0..<200 { sockets.append(try served.raw().take()) }
        defer { for socket in sockets { close(socket) } }
        #expect(try served.client().bridges() == [])
    }
}

/// What the log leaves out, and how it writes.
@Suite struct DaemonLogTests {
    @Test func whatComesOftenIsCounted() {
        var lines: [String] = []
        let log = DaemonLog(isJournal: true) { lines.append($0) }
        for _ in 0..<100 { log(.warning, about: "misses", now: 1, "a packet") }
        log(.warning, about: "others", now: 2, "other")
        #expect(lines.count == DaemonLog.perMinute + 1)
        log(.warning, about: "misses", now: 61_000_000_000, "a packet")
        #expect(lines.suffix(2) == ["<4>misses: 90 more messages in the last minute\n", "<4>a packet\n"])
    }

    @Test func levels() {
        var lines: [String] = []
        let log = DaemonLog(level: .warning, isJournal: true) { lines.append($0) }
        log(.info, "no")
        log(.error, "yes\nand one line")
        #expect(lines == ["<3>yes\\nand one line\n"])
    }
}
