import CShim
import Glibc
import LinuxSystem

/// Reads frames from packet sockets (packet(7)) until a signal ends it.
struct FrameReader {
    /// A frame, valid until the next is read.
    struct Frame {
        /// The place of its socket.
        var source: Int
        var bytes: ArraySlice<UInt8>
        /// Of the whole frame.
        var length: Int
        /// Nanoseconds since 1970.
        var time: UInt64
        var isOutgoing: Bool
    }

    let sockets: [Int32]

    /// Calls `body` with each frame; Ctrl-C and its like end it, and so does a reader that went away.
    func read(limit: Int, _ body: (Frame) throws(ApusError) -> Void) throws(ApusError) -> (frames: Int, lost: Int) {
        let signals = [SIGINT, SIGTERM, SIGHUP]
        let queue = OwnedFD(adopting: try systemCall("cannot take signals") { unsafe apus_signal_queue(signals, signals.count) })
        var polled = (sockets + [queue.raw]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var room = [UInt8](repeating: 0, count: 262_144 + 64)
        var frames = 0
        while frames < limit {
            let count = nfds_t(polled.count)
            try systemCall("cannot wait for frames") { unsafe poll(&polled, count, -1) }
            if polled[sockets.count].revents != 0 { break }
            do throws(ApusError) {
                for (source, socket) in sockets.enumerated() where polled[source].revents != 0 {
                    // A batch from each port, so that a busy one does not hide the others.
                    for _ in 0..<64 where frames < limit {
                        var packet = apus_packet()
                        guard try take(socket, &room, &packet) else { break }
                        let bytes = room[..<Int(packet.kept)]
                        let isOutgoing = packet.outgoing != 0
                        try body(Frame(source: source, bytes: bytes, length: Int(packet.length), time: packet.nanoseconds, isOutgoing: isOutgoing))
                        frames += 1
                    }
                }
            } catch  where error.errno == EPIPE {
                return (frames, lost())
            }
        }
        return (frames, lost())
    }

    private func take(_ socket: Int32, _ room: inout [UInt8], _ packet: inout apus_packet) throws(ApusError) -> Bool {
        do {
            try systemCall("cannot read a frame") { unsafe apus_packet_receive(socket, &room, UInt32(room.count), &packet) }
            return true
        } catch  where error.errno == EAGAIN {
            return false
        } catch  where error.errno == ENETDOWN {
            // Told once when the interface goes down; it may come up again.
            return false
        }
    }

    /// What the kernel had no room for.
    private func lost() -> Int { sockets.reduce(0) { $0 + Int(apus_packet_lost($1)) } }
}
