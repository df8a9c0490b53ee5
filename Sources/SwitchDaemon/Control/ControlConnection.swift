import CShim
import Glibc
import LinuxSystem
import SwitchControl

/// One client's connection.
///
/// What the client does not take is kept, up to a limit, and nothing more is read from it meanwhile; the loop never waits for it.
final class ControlConnection {
    private let socket: OwnedFD
    private let loop: EventLoop
    private var incoming: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var isEnded = false
    private var isWaitingToWrite = false
    private var answer: (Request) -> Reply? = { _ in nil }
    private var ended: () -> Void = {}

    init(socket: consuming OwnedFD, loop: EventLoop) {
        self.socket = socket
        self.loop = loop
    }

    /// Reads from now on.
    func start(answer: @escaping (Request) -> Reply?, ended: @escaping () -> Void) throws(ApusError) {
        self.answer = answer
        self.ended = ended
        try loop.watch(socket.raw) { [weak self] events in self?.ready(events) }
    }

    /// How many bytes wait for the client.
    var backlog: Int { outgoing.count - sent }

    /// Sends a reply, or keeps it until the client takes it.
    func send(_ reply: Reply) {
        guard !isEnded else { return }
        do throws(ApusError) {
            outgoing += try reply.encoded()
        } catch {
            return end()
        }
        flush()
    }

    /// Sends a reply with descriptors, which the kernel copies.
    func send(_ reply: Reply, descriptors: [Int32]) {
        guard !isEnded, backlog == 0 else { return }
        let raw = socket.raw
        guard let bytes = try? reply.encoded() else { return end() }
        let count = unsafe apus_send_message(raw, bytes, bytes.count, descriptors, descriptors.count)
        if count < 0 { return end() }
        outgoing = Array(bytes.dropFirst(count))
        flush()
    }

    private func ready(_ events: EventLoop.Readiness) {
        if events.contains(.writable) { flush() }
        if events.contains(.readable) { receive() } else if events.contains(.ended) { end() }
    }

    private func receive() {
        let raw = socket.raw
        var room = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(raw, &room, room.count, 0)
        let error = errno
        if count < 0 && (error == EAGAIN || error == EINTR) { return }
        if count <= 0 { return end() }
        incoming += room[..<count]
        answerAll()
    }

    /// Answers the requests that have come whole, as long as the client takes the replies.
    private func answerAll() {
        while !isEnded && backlog == 0 {
            do throws(ApusError) {
                guard let frame = try Frame(incoming[...]), frame.kind == .request else {
                    if incoming.count >= Frame.headSize { end() }
                    return
                }
                guard frame.version == Frame.version else {
                    return refuse(
                        ApusError(
                            .notSupported, "apus-switchd speaks version \(Frame.version) of the control protocol and the client version \(frame.version)",
                            hint: "restart apus-switchd"))
                }
                let size = Frame.headSize + frame.length
                if incoming.count < size { return }
                let message = Array(incoming[Frame.headSize..<size])
                incoming.removeFirst(size)
                if let reply = answer(try Request(message: message)) { send(reply) }
            } catch {
                // What follows cannot be trusted either.
                return refuse(error)
            }
        }
    }

    private func refuse(_ error: ApusError) {
        send(.failed(error))
        end()
    }

    private func flush() {
        let raw = socket.raw
        while sent < outgoing.count {
            let count = unsafe outgoing.withUnsafeBytes { bytes in
                unsafe Glibc.send(raw, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            let error = errno
            if count < 0 && error == EINTR { continue }
            if count < 0 && error == EAGAIN { break }
            if count < 0 { return end() }
            sent += count
        }
        if sent == outgoing.count {
            outgoing.removeAll(keepingCapacity: outgoing.count < 1 << 20)
            sent = 0
        }
        let mustWait = backlog > 0
        guard mustWait != isWaitingToWrite else { return }
        isWaitingToWrite = mustWait
        try? loop.wait(raw, for: mustWait ? .writable : .readable)
        if !mustWait { answerAll() }
    }

    private func end() {
        if isEnded { return }
        isEnded = true
        loop.forget(socket.raw)
        // They hold this connection, and so its descriptor.
        let last = ended
        answer = { _ in nil }
        ended = {}
        last()
    }
}
