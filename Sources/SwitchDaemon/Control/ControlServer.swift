import CShim
import Glibc
import LinuxSystem
import SwitchControl

/// The control socket: accepts clients of the daemon's own user and root, and answers their requests in order.
final class ControlServer {
    private var listener: OwnedFD
    private let loop: EventLoop
    private let log: DaemonLog
    private var connections: [Int32: ControlConnection] = [:]
    /// Answers a request; a capture answers later, by the connection.
    private let answer: (Request, ControlConnection) -> Reply?
    /// Told when a connection has ended.
    private let ended: (ControlConnection) -> Void
    /// More than that are refused, so that a client that leaks connections cannot take all descriptors.
    static let connectionLimit = 512

    /// Listens with a socket that is bound already.
    init(
        listener: consuming OwnedFD, loop: EventLoop, log: DaemonLog, answer: @escaping (Request, ControlConnection) -> Reply?,
        ended: @escaping (ControlConnection) -> Void = { _ in }
    ) throws(ApusError) {
        self.listener = listener
        self.loop = loop
        self.log = log
        self.answer = answer
        self.ended = ended
        try loop.watch(self.listener.raw) { [unowned self] _ in accept() }
    }

    /// Makes the socket; an older one at the path is replaced, which the caller's lock has made sure nobody listens at.
    static func listen(at path: String) throws(ApusError) -> OwnedFD {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let made = OwnedFD(adopting: try systemCall("cannot make a socket") { socket(AF_UNIX, type, 0) })
        guard path.utf8.count < 108 else { throw ApusError(.invalidArgument, "cannot listen at \(path): its path is longer than 107 bytes") }
        _ = unsafe unlink(path)
        // Nobody may connect between bind and a later chmod.
        let before = umask(0o177)
        defer { umask(before) }
        var address = socketAddress(path)
        try systemCall("cannot listen at \(path)") { [raw = made.raw] in unsafe withAddress(&address) { pointer, size in unsafe bind(raw, pointer, size) } }
        try systemCall("cannot listen at \(path)") { [raw = made.raw] in Glibc.listen(raw, 128) }
        return made
    }

    /// Listens at a socket made anew, after its name was removed.
    func listenAgain(at path: String) throws(ApusError) {
        loop.forget(listener.raw)
        listener = try Self.listen(at: path)
        try loop.watch(listener.raw) { [unowned self] _ in accept() }
    }

    /// How many clients are connected.
    var clientCount: Int { connections.count }

    private func accept() {
        let raw = listener.raw
        while true {
            let number = apus_accept(raw)
            let error = errno
            if number < 0 {
                if error == EINTR || error == ECONNABORTED { continue }
                if error != EAGAIN { log(.warning, about: "accept", "cannot accept a client: \(describe(errno: error))") }
                return
            }
            let socket = OwnedFD(adopting: number)
            guard connections.count < Self.connectionLimit else {
                log(.warning, about: "clients", "a client was refused: \(Self.connectionLimit) are connected")
                continue
            }
            guard Self.isAllowed(number) else {
                log(.warning, about: "clients", "a client of another user was refused")
                continue
            }
            do throws(ApusError) {
                let connection = ControlConnection(socket: socket, loop: loop)
                connections[number] = connection
                try connection.start(
                    answer: { [unowned self] request in answer(request, connection) },
                    ended: { [unowned self] in
                        connections[number] = nil
                        ended(connection)
                    })
            } catch {
                connections[number] = nil
                log(.warning, about: "clients", "\(error)")
            }
        }
    }

    /// Whether the other end is root or of our own user.
    private static func isAllowed(_ socket: Int32) -> Bool {
        let user = apus_peer_user(socket)
        return user == 0 || user == Int64(geteuid())
    }
}
