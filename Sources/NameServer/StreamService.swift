import CShim
import Glibc
import LinuxSystem
import Network
import Synchronization

/// Questions that come by TCP: each connection has a thread, of which there are few, for answers that fit no datagram.
final class StreamService: Sendable {
    private static let limit = 32
    private let running = Atomic<Int>(0)

    /// Serves a connection until it ends; one too many is closed.
    func serve(_ connection: consuming OwnedFD, _ decide: @escaping @Sendable ([UInt8]) -> Resolver.Decision) {
        guard running.add(1, ordering: .relaxed).newValue <= Self.limit else {
            running.subtract(1, ordering: .relaxed)
            return
        }
        let descriptor = connection.take()
        let running = self
        do throws(ApusError) {
            try WorkerThread {
                Self.talk(OwnedFD(adopting: descriptor), decide)
                running.running.subtract(1, ordering: .relaxed)
            }.detach()
        } catch {
            close(descriptor)
            self.running.subtract(1, ordering: .relaxed)
        }
    }

    private static func talk(_ connection: consuming OwnedFD, _ decide: ([UInt8]) -> Resolver.Decision) {
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(connection.raw, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        // Who asks more than this in one connection may come again.
        for _ in 0..<100 {
            guard let message = read(connection.raw) else { return }
            switch decide(message) {
            case .answer(let answer): if !write(answer, connection.raw) { return }
            case .forward(let servers): if !write(ask(servers, message), connection.raw) { return }
            case .ignore: return
            }
        }
    }

    private static func ask(_ servers: [IPAddress], _ message: [UInt8]) -> [UInt8] {
        for server in servers {
            guard let socket = try? DNSSocket.connected(to: server, SOCK_STREAM, seconds: 5), write(message, socket.raw), let answer = read(socket.raw),
                answer.count >= 12, answer[0] == message[0], answer[1] == message[1]
            else { continue }
            return answer
        }
        return Question(message).map { Answer.message($0, [], .failure, limit: 65535) } ?? []
    }

    private static func read(_ socket: Int32) -> [UInt8]? {
        guard let head = read(socket, 2) else { return nil }
        return read(socket, Int(head[0]) << 8 | Int(head[1]))
    }

    private static func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let length = unsafe bytes.withUnsafeMutableBytes { room in unsafe recv(socket, room.baseAddress! + done, count - done, 0) }
            if length <= 0 { return nil }
            done += length
        }
        return bytes
    }

    private static func write(_ message: [UInt8], _ socket: Int32) -> Bool {
        let bytes = [UInt8(message.count >> 8 & 255), UInt8(message.count & 255)] + message
        var done = 0
        while done < bytes.count {
            let length = unsafe bytes.withUnsafeBytes { room in unsafe send(socket, room.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL)) }
            if length <= 0 { return false }
            done += length
        }
        return true
    }
}
