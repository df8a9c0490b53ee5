import Glibc
import LinuxSystem
import PacketCore
import SwitchCore

/// Carries out, on one packet, actions that a datapath's programs do not have: the packet is changed here, and the datapath has only to send it.
///
/// - Parameter run: has the datapath do one action that changes nothing, on the packet as it is by then.
func carryOut(
    _ actions: [DatapathAction], on packet: borrowing DatapathPacket, meters: inout [UInt32: TokenBucket],
    run: (DatapathAction, borrowing DatapathPacket) throws(ApusError) -> Void
) throws(ApusError) {
    let headroom = 64
    var layout = FrameLayout()
    let key = unsafe FlowKey(parsing: packet.frame.span.bytes, inPort: packet.port.rawValue, layout: &layout)
    var room = [UInt8](repeating: 0, count: headroom) + packet.frame
    var current = DatapathPacket(port: packet.port, reason: packet.reason, offload: packet.offload, frame: packet.frame)
    for action in actions {
        switch action {
        case .output, .upcall: try run(action, current)
        case .drop: return try run(action, current)
        case .meter(let id):
            let cost = MeterID.isOfPackets(id) ? 1 : UInt64(current.frame.count) * 8
            if meters[id]?.take(cost, now: monotonicTime()) == false {
                return try run(.drop(MeterID.isOfPackets(id) ? .storm : id >> 31 != 0 ? .portRate : .meter), current)
            }
        case .set, .pushVLAN, .popVLAN:
            let start = room.count - current.frame.count
            var offload = OffloadHeader(current.offload)
            var places = layout
            let (begin, count) = unsafe room.withUnsafeMutableBytes { bytes in
                var editor = unsafe PacketEditor(bytes, start: start, count: bytes.count - start, key: key, layout: layout, offload: offload)
                let isDone = editor.apply(action)
                offload = editor.offload
                places = editor.layout
                return (editor.start, isDone ? editor.count : -1)
            }
            if count < 0 { return try run(.drop(.slowPathFailed), current) }
            layout = places
            current.offload = offload.bytes
            current.frame = Array(room[begin..<begin + count])
        }
    }
}

/// CLOCK_MONOTONIC in ns.
func monotonicTime() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
