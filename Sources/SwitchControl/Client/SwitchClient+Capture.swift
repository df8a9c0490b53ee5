import CShim
import Glibc
public import LinuxSystem

extension SwitchClient {
    /// Packet sockets that see the frames of ports, as long as this client lives.
    ///
    /// - Returns: each port and its socket, which the caller closes.
    public func capture(_ ports: [String]) throws(ApusError) -> [(source: CaptureSource, socket: Int32)] {
        try send(.capture(ports: ports))
        // The descriptors come with the first byte of the reply.
        var head = [UInt8](repeating: 0, count: Frame.headSize)
        var descriptors = [Int32](repeating: -1, count: Self.captureLimit)
        var received = 0
        let raw = socket.raw
        let count = try systemCall("cannot hear apus-switchd") {
            unsafe apus_receive_message(raw, &head, head.count, &descriptors, descriptors.count, &received)
        }
        let sockets = descriptors.prefix(received)
        do throws(ApusError) {
            if count == 0 { throw ApusError(.system, "apus-switchd ended before it answered", hint: "its log says why") }
            if count < head.count { head = try Array(head[..<count]) + read(head.count - count) }
            guard let frame = try Frame(head[...]) else { throw SwitchClient.unexpected }
            let reply = try Reply(message: try read(frame.length))
            if case .failed(let error) = reply { throw error }
            guard case .capturing(let sources) = reply, sources.count == sockets.count else { throw SwitchClient.unexpected }
            return zip(sources, sockets).map { ($0, $1) }
        } catch {
            for socket in sockets { close(socket) }
            throw error
        }
    }

    /// The most ports of one capture: the kernel passes so many descriptors at once (SCM_MAX_FD is 253).
    public static var captureLimit: Int { 200 }
}
