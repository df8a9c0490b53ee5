public import PacketCore

extension RandomSource {
    /// A frame of few addresses and ports, so that rules and packets meet often.
    public mutating func frame() -> FrameBuilder {
        var frame = FrameBuilder()
        frame.source = MACAddress(rawValue: 0x0200_0000_0000 + UInt64(below(6)))
        frame.destination =
            once(in: 6)
            ? pick([.broadcast, MACAddress(rawValue: 0x0100_5e00_0001), MACAddress(rawValue: 0x0180_c200_0000)])
            : MACAddress(rawValue: 0x0200_0000_0000 + UInt64(below(6)))
        if once(in: 3) { frame.tags.append((pick([0x8100, 0x8100, 0x8100, 0x88a8]), UInt16(below(4)) | UInt16(below(8)) << 13)) }
        if !frame.tags.isEmpty, once(in: 3) { frame.tags.append((0x8100, UInt16(below(4)) | UInt16(below(8)) << 13)) }
        if frame.tags.count == 2, once(in: 4) { frame.tags.append((0x8100, UInt16(below(4)))) }
        frame.tos = UInt8(below(256))
        frame.ttl = pick([0, 1, 2, 64, 255])
        switch below(12) {
        case 0: frame.network = .raw(type: pick([0x88b5, 0x88cc, 0x0806, 0x0800, 0x86dd]))
        case 1: frame.network = .length
        case 2, 3:
            frame.network = .arp(
                operation: pick([1, 2, 2, 256, 0x101]), sender: MACAddress(rawValue: 0x0200_0000_0000 + UInt64(below(6))), senderIP: ipv4(),
                target: MACAddress(rawValue: UInt64(below(6))), targetIP: ipv4())
        case 4...8:
            let options = once(in: 4) ? [UInt8](repeating: 1, count: below(41)) : []
            frame.network = .ipv4(source: ipv4(), destination: ipv4(), options: options, fragment: once(in: 4) ? pick([0x2000, 0x2001, 1, 0x1fff, 0x4000]) : 0)
        default: frame.network = .ipv6(source: ipv6(), destination: ipv6(), label: UInt32(below(4)), extensions: extensions())
        }
        switch below(8) {
        case 0: frame.transport = .raw(type: UInt8(below(256)))
        case 1, 2: frame.transport = .tcp(source: port(), destination: port(), flags: UInt16(below(4096)))
        case 3, 4: frame.transport = .udp(source: port(), destination: port(), checksum: !once(in: 4))
        case 5: frame.transport = .sctp(source: port(), destination: port())
        default: frame.transport = .icmp(type: pick([0, 8, 134, 135, 136, 137]), code: UInt8(below(2)), rest: UInt32(truncatingIfNeeded: next()))
        }
        frame.payload = (0..<pick([0, 1, 7, 16, 24, 40, 60])).map { _ in UInt8(truncatingIfNeeded: next()) }
        if case .icmp = frame.transport, once(in: 2) {
            frame.payload = big(ipv6().rawValue)
            for _ in 0..<below(7) { frame.payload += [pick([1, 2, 3]), pick([1, 1, 1, 2, 0])] + (0..<6).map { _ in UInt8(truncatingIfNeeded: next()) } }
        }
        return frame
    }

    /// A frame that was damaged: bytes changed, cut off, or put behind.
    public mutating func damaged(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        for _ in 0..<below(4) where !frame.isEmpty { frame[below(frame.count)] = pick([0, 1, 0xff, UInt8(truncatingIfNeeded: next())]) }
        if once(in: 2) { frame.removeLast(below(frame.count + 1)) }
        if once(in: 4) { frame += (0..<below(64)).map { _ in UInt8(truncatingIfNeeded: next()) } }
        return frame
    }

    /// One of a few addresses in 10.0.0.0/8.
    public mutating func ipv4() -> IPv4Address { IPv4Address(rawValue: 0x0a00_0000 | UInt32(below(3)) << 8 | UInt32(below(4))) }

    /// One of a few addresses in fd00::/16, or link-local.
    public mutating func ipv6() -> IPv6Address {
        IPv6Address(rawValue: (once(in: 4) ? 0xfe80 : 0xfd00) << 112 | UInt128(below(2)) << 64 | UInt128(below(4)))
    }

    mutating func port() -> UInt16 { pick([22, 53, 67, 68, 80, 546, 547, UInt16(truncatingIfNeeded: next())]) }

    private mutating func extensions() -> [(type: UInt8, bytes: [UInt8])] {
        guard once(in: 3) else { return [] }
        return (0..<pick([1, 1, 2, 3, 8, 9, 10])).map { _ in
            let units = below(3)
            switch below(5) {
            case 0: return (44, [0, 0] + big(pick([UInt16(0), 1, 8, 9, 0xfff8, 6])) + [0, 0, 0, 1])
            case 1: return (51, [0, UInt8(units * 2 + 2)] + [UInt8](repeating: 0xaa, count: units * 8 + 14))
            case 2: return (0, [0, UInt8(units)] + [UInt8](repeating: 0, count: units * 8 + 6))
            case 3: return (43, [0, UInt8(units)] + [UInt8](repeating: 0, count: units * 8 + 6))
            default: return (60, [0, UInt8(units)] + [UInt8](repeating: 0, count: units * 8 + 6))
            }
        }
    }
}
