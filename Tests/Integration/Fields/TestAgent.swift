import CShim
import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// A seccomp agent in the test itself: it gets listeners and answers calls (seccomp_unotify(2)).
final class TestAgent {
    let directory: String
    private let socket: Int32
    var path: String { "\(directory)/agent.sock" }
    /// What it was told about each listener.
    private(set) var states: [String] = []
    /// The numbers of the calls that it was asked about.
    private(set) var calls: [Int32] = []
    private var listeners: [Int32] = []
    /// The errno for a call; 0 lets it go on.
    var answer: (Int32) -> Int32 = { _ in 0 }

    init() throws {
        var template = Array("\(Apus.temporary)/apus-agent-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw ApusError(errno: errno, "cannot make a scratch directory") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = "\(directory)/agent.sock"
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in for (index, byte) in name.utf8.enumerated() { unsafe room[index] = byte } }
        try systemCall("bind") { [socket] in
            unsafe withUnsafePointer(to: &address) { unsafe bind(socket, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 110) }
        }
        try systemCall("listen") { [socket] in listen(socket, 4) }
    }

    deinit {
        for listener in listeners { close(listener) }
        close(socket)
        try? removeTree(directory)
    }

    /// Takes one listener with the state that comes along.
    func accept() throws {
        let connection = OwnedFD(adopting: try systemCall("accept") { [socket] in Glibc.accept(socket, nil, nil) })
        var room = [UInt8](repeating: 0, count: 1 << 16)
        var descriptors: [Int32] = [-1]
        var received = 0
        let raw = connection.raw
        let length = try systemCall("receive") { unsafe apus_receive_message(raw, &room, room.count, &descriptors, 1, &received) }
        states.append(String(decoding: room[..<length], as: UTF8.self))
        try #require(received == 1)
        listeners.append(descriptors[0])
    }

    /// Runs a plan to its end, passing listeners on and answering calls.
    ///
    /// - Parameter confirms: whether the monitor is told that a listener was passed on.
    func run(_ plan: LaunchPlan, _ given: PlanDescriptors.Given, _ profile: LinuxSeccomp, confirms: Bool = true) throws -> Outcome {
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try Monitor(program: monitorPath).start(plan, descriptors: descriptors.numbers)
        let control = connection.socket.raw
        var outcome = Outcome()
        while true {
            var set = ([control] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard try systemCall("poll", { unsafe poll(&set, nfds_t(set.count), 20_000) }) > 0 else {
                throw ApusError(.system, "the container neither runs nor ends")
            }
            try attend(set.dropFirst())
            if set[0].revents == 0 { continue }
            switch try connection.receive() {
            case .seccompListener(let number, let pid):
                let listener = OwnedFD(adopting: number)
                let state = State(ociVersion: "1.3.0", id: "fields", status: "creating", pid: Int(pid), bundle: "/bundle")
                try SeccompAgent(profile).send(listener: listener, of: pid, state: state)
                try accept()
                // An end of stdin instead of a confirmation is one that the monitor does not expect.
                if confirms { try connection.sendListenerPassed() } else { _ = try connection.sendInputEnd() }
            case .failed(let step, let number): throw plan.failure(step: step, errno: number)
            case .output(let bytes): outcome.output += String(decoding: bytes, as: UTF8.self)
            case .errorOutput(let bytes): outcome.errorOutput += String(decoding: bytes, as: UTF8.self)
            case .ended(let code, _):
                outcome.code = code
                return outcome
            case .closed: return outcome
            case .started, .sync, .console: break
            }
        }
    }

    /// Takes listeners and answers calls until a program has ended.
    func serve(_ program: Running) throws -> Outcome {
        while !program.hasEnded {
            var set = ([socket] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if try systemCall("poll", { unsafe poll(&set, nfds_t(set.count), 20) }) == 0 { continue }
            try attend(set.dropFirst())
            if set[0].revents != 0 { try accept() }
        }
        return try program.wait()
    }

    private func attend(_ set: ArraySlice<pollfd>) throws {
        for entry in set where entry.revents & Int16(POLLIN) != 0 { try reply(entry.fd) }
        listeners.removeAll { listener in
            let ended = set.contains { $0.fd == listener && $0.revents & Int16(POLLHUP) != 0 }
            if ended { close(listener) }
            return ended
        }
    }

    /// Answers one call: struct seccomp_notif of 80 bytes, struct seccomp_notif_resp of 24.
    private func reply(_ listener: Int32) throws {
        guard let symbol = unsafe dlsym(nil, "ioctl") else { throw ApusError(.system, "no ioctl") }
        let control = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32, UInt, UnsafeMutableRawPointer) -> Int32).self)
        var request = [UInt8](repeating: 0, count: 80)
        // ENOENT: who asked has ended meanwhile.
        guard unsafe control(listener, 0xc050_2100, &request) == 0 else { return }
        let call = request[16..<20].reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
        calls.append(call)
        let error = answer(call)
        var response = Array(request[..<8]) + [UInt8](repeating: 0, count: 16)
        let number = UInt32(bitPattern: -error)
        for index in 0..<4 { response[16 + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index))) }
        if error == 0 { response[20] = 1 }  // SECCOMP_USER_NOTIF_FLAG_CONTINUE
        _ = unsafe control(listener, 0xc018_2101, &response)
    }
}
