import CFlow
import CSwitch
import Glibc
public import LinuxSystem
import PacketCore
public import SwitchCore

extension BPFDatapath {
    /// Polls readable while packets wait.
    public var upcallDescriptor: Int32? { kernel.tap.raw }

    private static var prefix: Int { MemoryLayout<apus_upcall>.size }
    private static var offload: Int { 10 }

    /// Takes up to `limit` packets that came up, without waiting.
    public func receive(limit: Int, _ body: (borrowing DatapathPacket) -> Void) throws(ApusError) {
        let tap = kernel.tap.raw
        let all = Int(APUS_MOST_PORTS)
        let sent = unsafe kernel.pending[all].sent
        for _ in 0..<limit {
            let count: Int
            do throws(ApusError) {
                count = try systemCall("cannot read from the switch's tap \(tapName)") { unsafe read(tap, &buffer, buffer.count) }
            } catch {
                guard error.errno == EAGAIN || error.errno == EWOULDBLOCK else { throw error }
                if unsafe kernel.pending[all].taken != sent { mend(sent) }
                return
            }
            if let packet = packet(count) { body(packet) }
        }
    }

    /// The tap's queue was empty after so many were sent: what is missing was lost on the way, and is not under way any more.
    private func mend(_ sent: UInt32) {
        guard unsafe kernel.pending[Int(APUS_MOST_PORTS)].sent == sent else { return }
        for port in portsByNumber.values { unsafe kernel.pending[Int(port.slot)].taken = kernel.pending[Int(port.slot)].sent }
        unsafe kernel.pending[Int(APUS_MOST_PORTS)].taken = sent
    }

    /// Takes the prefix off.
    ///
    /// It is told by its cookie, for whoever can send by the tap otherwise is the host's kernel, which does not know it.
    private func packet(_ count: Int) -> DatapathPacket? {
        let start = Self.offload
        guard count >= start + Self.prefix + 14 else { return nil }
        func number16(_ offset: Int) -> UInt16 { UInt16(buffer[offset]) | UInt16(buffer[offset + 1]) << 8 }
        let isCookie = unsafe withUnsafeBytes(of: kernel.config.pointee.cookie) { cookie in (0..<6).allSatisfy { unsafe cookie[$0] == buffer[start + 6 + $0] } }
        guard isCookie else { return nil }
        // A tag that lay beside the frame stands here now, where it would be without the prefix.
        let type = number16(start + 12).byteSwapped
        let tagBytes = type == UInt16(APUS_UPCALL_PROTOCOL) ? 0 : 4
        let frameStart = start + Self.prefix + tagBytes
        let number = UInt32(number16(start)) | UInt32(number16(start + 2)) << 16
        unsafe kernel.pending[Int(APUS_MOST_PORTS)].taken &+= 1
        guard let port = portsByNumber[PortNumber(rawValue: number)] else { return nil }
        unsafe kernel.pending[Int(port.slot)].taken &+= 1
        var frame: [UInt8] = []
        frame.reserveCapacity(count - frameStart + 4)
        frame += buffer[frameStart..<frameStart + 12]
        frame += buffer[start + 12..<start + 12 + tagBytes]
        frame += buffer[frameStart + 12..<count]
        let reason = UpcallReason(rawValue: number16(start + 4)) ?? .miss
        return DatapathPacket(port: port.port.number, reason: reason, offload: offload(), frame: frame)
    }

    /// struct virtio_net_hdr, whose offsets count from the frame's begin.
    private func offload() -> InlineArray<10, UInt8> {
        var offload = InlineArray<10, UInt8>(repeating: 0)
        for index in 0..<Self.offload { offload[index] = buffer[index] }
        for field in [2, 6] {
            let value = UInt16(offload[field]) | UInt16(offload[field + 1]) << 8
            let without = value >= UInt16(Self.prefix) ? value - UInt16(Self.prefix) : value
            offload[field] = UInt8(truncatingIfNeeded: without)
            offload[field + 1] = UInt8(truncatingIfNeeded: without >> 8)
        }
        return offload
    }

    /// Carries out actions on one packet, as the datapath would on a packet of a flow.
    public func execute(_ actions: [DatapathAction], on packet: borrowing DatapathPacket) throws(ApusError) {
        if let program = ActionCompiler(packet: packet).compile(actions) { return try inject(packet, program) }
        try carryOut(actions, on: packet, meters: &slowMeters) { (action, packet) throws(ApusError) in
            try inject(packet, ActionCompiler(packet: packet).compile([action]) ?? [])
        }
    }

    /// The kernel runs the program on the packet before the call that writes it returns.
    private func inject(_ packet: borrowing DatapathPacket, _ program: [ProgramAction]) throws(ApusError) {
        let number = try programs.writeInjection(program)
        unsafe kernel.config.pointee.inject_port = packet.port.rawValue
        unsafe kernel.config.pointee.inject_program = number
        var offload = packet.offload
        let tap = kernel.tap.raw
        defer { unsafe kernel.config.pointee.inject_program = 0 }
        try systemCall("cannot send a packet of \(packet.frame.count) bytes by the switch's tap \(tapName)") {
            unsafe withUnsafeMutableBytes(of: &offload) { head in
                unsafe packet.frame.withUnsafeBytes { frame in
                    var parts = unsafe (
                        iovec(iov_base: head.baseAddress, iov_len: head.count),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: frame.baseAddress), iov_len: frame.count)
                    )
                    return unsafe withUnsafePointer(to: &parts) { unsafe $0.withMemoryRebound(to: iovec.self, capacity: 2) { unsafe writev(tap, $0, 2) } }
                }
            }
        }
    }
}
