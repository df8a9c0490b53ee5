import Glibc
import LinuxSystem
import Network

/// Questions that other name servers are asked by UDP.
///
/// Each has a socket of its own, connected to the server, so that the kernel drops answers of others, and a number that nobody can guess.
struct Forwarder {
    private struct Pending {
        let socket: Int32
        let message: [UInt8]
        let number: UInt16
        let servers: [IPAddress]
        let client: SocketAddress
        let listener: Int32
        /// Of `monotonicNanoseconds`.
        let deadline: UInt64
    }

    /// More are not kept: the oldest fails.
    private static let limit = 512
    private static let patience: UInt64 = 2_000_000_000
    private var pending: [Pending] = []

    /// The sockets to wait for.
    var sockets: [Int32] { pending.map(\.socket) }

    /// Milliseconds until something is given up; nil where nothing is pending.
    var patience: Int? {
        pending.map(\.deadline).min().map { deadline in
            let now = monotonicNanoseconds()
            return deadline <= now ? 0 : Int((deadline - now) / 1_000_000) + 1
        }
    }

    /// Asks the first of some servers that can be asked; the client gets the answer, or hears that there is none.
    mutating func ask(_ servers: [IPAddress], _ message: [UInt8], for client: SocketAddress, by listener: Int32) {
        var rest = servers[...]
        while let server = rest.popFirst() {
            guard let socket = try? DNSSocket.connected(to: server, SOCK_DGRAM) else { continue }
            let number = UInt16.random(in: .min ... .max)
            var own = message
            own[0] = UInt8(number >> 8)
            own[1] = UInt8(truncatingIfNeeded: number)
            guard unsafe send(socket.raw, own, own.count, Int32(MSG_NOSIGNAL)) == own.count else { continue }
            if pending.count >= Self.limit { fail(pending.removeFirst()) }
            pending.append(
                Pending(
                    socket: socket.take(), message: message, number: number, servers: Array(rest), client: client, listener: listener,
                    deadline: monotonicNanoseconds() + Self.patience))
            return
        }
        refuse(message, client, listener)
    }

    /// Takes an answer; one that does not fit the question is dropped.
    mutating func hear(_ socket: Int32, _ room: inout [UInt8]) {
        guard let index = pending.firstIndex(where: { $0.socket == socket }) else { return }
        let count = unsafe recv(socket, &room, room.count, 0)
        let one = pending[index]
        // The server's machine says that nobody listens there.
        if count < 0 && errno != EAGAIN {
            pending.remove(at: index)
            close(socket)
            return ask(one.servers, one.message, for: one.client, by: one.listener)
        }
        guard count >= 12, count <= room.count, room[0] == UInt8(one.number >> 8), room[1] == UInt8(truncatingIfNeeded: one.number), room[2] & 0x80 != 0,
            let question = Question(one.message), count >= 12 + question.bytes.count, Self.isSame(room[12..<12 + question.bytes.count], question.bytes)
        else { return }
        var answer = Array(room[..<count])
        answer[0] = one.message[0]
        answer[1] = one.message[1]
        var client = one.client
        unsafe client.send(answer, by: one.listener)
        pending.remove(at: index)
        close(socket)
    }

    /// Goes on to the next server where one did not answer in time.
    mutating func giveUp() {
        let now = monotonicNanoseconds()
        let late = pending.filter { $0.deadline <= now }
        pending.removeAll { $0.deadline <= now }
        for one in late {
            close(one.socket)
            ask(one.servers, one.message, for: one.client, by: one.listener)
        }
    }

    /// Forgets the questions that came by a socket that is about to be closed.
    mutating func forget(_ listener: Int32) {
        for one in pending where one.listener == listener { close(one.socket) }
        pending.removeAll { $0.listener == listener }
    }

    /// Closes everything.
    mutating func closeAll() {
        for one in pending { close(one.socket) }
        pending = []
    }

    private func fail(_ one: Pending) {
        close(one.socket)
        refuse(one.message, one.client, one.listener)
    }

    private func refuse(_ message: [UInt8], _ client: SocketAddress, _ listener: Int32) {
        guard let question = Question(message) else { return }
        var client = client
        unsafe client.send(Answer.message(question, [], .failure, limit: question.size), by: listener)
    }

    /// The same name, type and class; servers may change the case of letters.
    private static func isSame(_ left: ArraySlice<UInt8>, _ right: [UInt8]) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
        return left.elementsEqual(right) { lower($0) == lower($1) }
    }
}
