import CNamespaces
import CShim
import Glibc
import LinuxSystem
import Testing

/// A network namespace that stands for the host, with others for containers; gone at the end with all that is in them.
///
/// Everything happens on one thread, which alone is in the namespace.
final class World {
    private let home: OwnedFD
    private var made: [OwnedFDBox] = []

    final class OwnedFDBox {
        let fd: OwnedFD
        init(_ fd: consuming OwnedFD) { self.fd = fd }
    }

    /// The namespace of a container.
    struct Container {
        let number: Int
        let namespace: Int32
        var path: String { "/proc/\(getpid())/fd/\(namespace)" }
        var mac: String { "02:00:00:00:00:" + (number < 16 ? "0" : "") + String(number, radix: 16) }
        var address: String { "10.0.0.\(number)" }
    }

    private init() throws {
        guard test_new_network() == 0 else { throw ApusError(errno: errno, "cannot make a network namespace") }
        home = try openFile("/proc/thread-self/ns/net", O_RDONLY)
        try run("ip link set lo up")
    }

    /// Runs the body in a world of its own.
    static func with(_ body: @escaping @Sendable (World) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            final class Start {
                let body: () -> Void
                init(_ body: @escaping () -> Void) { self.body = body }
            }
            let start = Start {
                do {
                    try body(World())
                    continuation.resume()
                } catch { continuation.resume(throwing: error) }
            }
            var thread = pthread_t()
            let argument = unsafe Unmanaged.passRetained(start).toOpaque()
            let failed = unsafe pthread_create(
                &thread, nil,
                { argument in
                    if let argument = unsafe argument { unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                }, argument)
            precondition(failed == 0)
            pthread_detach(thread)
        }
    }

    /// A namespace with `eth0`, whose other end `p<number>` is in the host.
    func container(_ number: Int, mtu: Int = 1500) throws -> Container {
        guard test_new_network() == 0 else { throw ApusError(errno: errno, "cannot make a network namespace") }
        let namespace = try openFile("/proc/thread-self/ns/net", O_RDONLY)
        test_enter_network(home.raw)
        let container = Container(number: number, namespace: namespace.raw)
        made.append(OwnedFDBox(namespace))
        try run("ip link add p\(number) mtu \(mtu) type veth peer name eth0 mtu \(mtu) address \(container.mac) netns \(container.path)")
        try run("ip link set p\(number) up")
        try run("ip link set lo up", in: container)
        try run("ip link set eth0 up", in: container)
        try run("ip addr add \(container.address)/24 dev eth0", in: container)
        return container
    }

    /// Does something with this thread in a container's namespace.
    func inside<Result>(_ container: Container, _ body: () throws -> Result) rethrows -> Result {
        test_enter_network(container.namespace)
        defer { test_enter_network(home.raw) }
        return try body()
    }

    /// Runs a program, with blanks between its arguments.
    ///
    /// - Returns: what it wrote.
    @discardableResult
    func run(_ command: String, in container: Container? = nil, mayFail: Bool = false) throws -> String {
        let running = try start(command, in: container)
        let (status, output) = running.wait()
        if status != 0, !mayFail { throw ApusError(.system, "\(command): exit status \(status): \(output)") }
        return output
    }

    func start(_ command: String, in container: Container? = nil) throws -> Running {
        if let container { return try inside(container) { try Running(command) } }
        return try Running(command)
    }
}

/// A program that runs.
final class Running {
    let pid: pid_t
    private let output: OwnedFD

    init(_ command: String) throws {
        var ends: [Int32] = [0, 0]
        guard unsafe apus_pipe(&ends) == 0 else { throw ApusError(errno: errno, "cannot make a pipe") }
        output = OwnedFD(adopting: ends[0])
        let write = OwnedFD(adopting: ends[1])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, write.raw, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, write.raw, 2)
        let words = command.split(separator: " ").map(String.init)
        // Small, and the test ends soon.
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        var pid: pid_t = 0
        let error = unsafe posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
        guard error == 0 else { throw ApusError(errno: error, "cannot start \(command)") }
        self.pid = pid
    }

    /// Waits for the end.
    func wait() -> (status: Int32, output: String) {
        var text: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65536)
        while case let count = unsafe read(output.raw, &room, room.count), count > 0 { text += room[..<count] }
        var status: Int32 = 0
        unsafe waitpid(pid, &status, 0)
        return (status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f), String(decoding: text, as: UTF8.self))
    }

    func stop() {
        kill(pid, SIGKILL)
        _ = wait()
    }
}
