import PacketCore
import SwitchCore

extension NaiveSwitch {
    /// Whether the frame claims what is not the port's own.
    ///
    /// Only what is surely forged: the product may refuse more.
    func isForged(_ frame: [UInt8], _ port: PortConfiguration) -> Bool {
        guard frame.count >= 14 else { return port.sourceGuard != nil }
        var place = 12
        while place + 6 <= frame.count, frame[place] == 0x81 && frame[place + 1] == 0 || frame[place] == 0x88 && frame[place + 1] == 0xa8 { place += 4 }
        let type = UInt16(frame[place]) << 8 | UInt16(frame[place + 1])
        let body = Array(frame[(place + 2)...])
        if !port.trustsServers, isServer(type, body) { return true }
        guard let guarded = port.sourceGuard else { return false }
        if Array(frame[6..<12]) != bytes(guarded.mac.rawValue, 6) { return true }
        switch type {
        case 0x0800: return body.count >= 20 && !isOwn(guarded, Array(body[12..<16]))
        case 0x86dd: return body.count >= 40 && !isOwn(guarded, Array(body[8..<24]))
        case 0x0806: return body.count >= 28 && (Array(body[8..<14]) != bytes(guarded.mac.rawValue, 6) || !isOwn(guarded, Array(body[14..<18])))
        default: return false
        }
    }

    private func bytes(_ number: UInt64, _ count: Int) -> [UInt8] { (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) } }

    private func isOwn(_ guarded: SourceGuard, _ address: [UInt8]) -> Bool {
        if address.allSatisfy({ $0 == 0 }) { return true }
        if address.count == 4 { return guarded.ipv4.contains { bytes(UInt64($0.rawValue), 4) == address } }
        return (guarded.ipv6 + [IPv6Address.linkLocal(of: guarded.mac)]).contains {
            bytes(UInt64(truncatingIfNeeded: $0.rawValue >> 64), 8) + bytes(UInt64(truncatingIfNeeded: $0.rawValue), 8) == address
        }
    }

    /// An answer of a DHCP server over IPv4 without options, or a router advertisement without extension headers.
    private func isServer(_ type: UInt16, _ body: [UInt8]) -> Bool {
        if type == 0x0800, body.count >= 28, body[0] == 0x45, body[9] == 17, body[6] & 0x1f == 0, body[7] == 0 { return body[20] == 0 && body[21] == 67 }
        if type == 0x86dd, body.count >= 48, body[0] >> 4 == 6, body[6] == 58 { return body[40] == 134 }
        return false
    }
}
