/// Where the headers of a frame begin; 0 where there is none that the key was read from.
public struct FrameLayout: Sendable, Equatable {
    /// IPv4's, IPv6's or ARP's header: bytes from the frame's begin.
    public var network = 0
    /// The header of TCP, UDP, SCTP, ICMP or ICMPv6 that the key's ports come from.
    public var transport = 0
    /// ND's option with a source link-layer address.
    public var sourceOption = 0
    /// ND's option with a target link-layer address.
    public var targetOption = 0

    /// Without any header.
    public init() {}
}

/// The rules by which a key is read from a frame. The C of the BPF datapath (apus_parse.h) follows the same, step by step:
///
/// 1. A frame of less than 14 bytes has a key of zeros but for `in_port`.
/// 2. **Tags.** While the type is 0x8100 or 0x88a8, fewer than two tags were read, and 4 bytes follow the type (tag and next type): a tag is
///    read; its `tci` has `APUS_VLAN_PRESENT` set whatever the drop eligible bit was. A third tag's type stays as `eth_type`.
/// 3. **Type.** Below 0x0600 it is a length: `eth_type` is 0x05ff (LLC and SNAP are not read). Only types 0x0800, 0x86dd, 0x0806 and 0x8035 are read further.
/// 4. **ARP, RARP.** Read if 28 bytes are there and they say Ethernet (1), IPv4 (0x0800), lengths 6 and 4; else its fields stay zero.
///    `ip_proto` is the operation if that is below 256, else 0.
/// 5. **IPv4.** Read if 20 bytes are there, the version is 4, and the header length is at least 20 and within the frame; else its fields stay zero. The total
///    length is not looked at: segments that the kernel has put off have none that counts. `fragment`: ANY with more-fragments or an offset, LATER with an offset.
/// 6. **IPv6.** Read if 40 bytes are there and the version is 6. Then up to 8 extension headers: hop-by-hop (0), routing (43), destination options (60): length
///    (byte 1 + 1) * 8; authentication (51): (byte 1 + 2) * 4; fragment (44): 8. A header is read if its first 8 bytes and its whole length lie within the
///    frame; else reading stops at it. Where reading stops (for this, or for the ninth), `ip_proto` is the type of the header that was not read, and there are no
///    ports. A fragment header: ANY with more-fragments or an offset; with an offset LATER too, `ip_proto` is 44 and reading ends. Others' bits do not count.
/// 7. **Ports.** Not of a later fragment. Read if the whole fixed header is there: TCP 20, UDP 8, SCTP 12, ICMP (in IPv4 only) 8, ICMPv6 (in IPv6 only) 8 bytes; else zero.
///    TCP's flags are the low 12 bits of bytes 12 and 13.
/// 8. **Neighbour discovery.** ICMPv6 of type 135 or 136 and code 0 with 24 bytes: `nd_target`; then up to 4 options, each of (byte 1) * 8 bytes: reading
///    stops at a length of 0 or beyond the frame. Of 8 bytes: type 1 is `arp_source`, type 2 `arp_destination`; the first of each that was read counts.
extension FlowKey {
    /// Reads the key of a frame that came in by a port; allocates nothing, and a damaged header leaves its fields zero.
    @inlinable public init(parsing frame: RawSpan, inPort: UInt32) {
        var layout = FrameLayout()
        self.init(parsing: frame, inPort: inPort, layout: &layout)
    }

    /// The same from bytes that the caller holds.
    @inlinable public init(parsing frame: UnsafeRawBufferPointer, inPort: UInt32) {
        self.init(parsing: unsafe frame.bytes, inPort: inPort)
    }

    /// The same from bytes of an array.
    @inlinable public init(parsing frame: Span<UInt8>, inPort: UInt32) {
        self.init(parsing: unsafe frame.bytes, inPort: inPort)
    }

    /// The same, and where the headers lie.
    public init(parsing frame: RawSpan, inPort: UInt32, layout: inout FrameLayout) {
        self.init()
        layout = FrameLayout()
        self.inPort = inPort
        guard frame.byteCount >= 14 else { return }
        ethernetDestination = frame.loadMAC(0)
        ethernetSource = frame.loadMAC(6)
        var type = frame.load16(12)
        var offset = 14
        if type == EtherType.vlan || type == EtherType.serviceVLAN { readTags(frame, &type, &offset) }
        guard type >= 0x0600 else {
            ethernetType = EtherType.length
            return
        }
        ethernetType = type
        switch type {
        case EtherType.ipv4: readIPv4(frame, offset, &layout)
        case EtherType.ipv6: readIPv6(frame, offset, &layout)
        case EtherType.arp, EtherType.rarp: readARP(frame, offset, &layout)
        default: break
        }
    }

    private mutating func readTags(_ frame: RawSpan, _ type: inout UInt16, _ offset: inout Int) {
        var count: UInt8 = 0
        while count < 2, type == EtherType.vlan || type == EtherType.serviceVLAN, offset + 4 <= frame.byteCount {
            let control = frame.load16(offset) | FlowKey.vlanPresent
            if count == 0 {
                vlanProtocol = type
                vlanControl = control
            } else {
                innerVLANProtocol = type
                innerVLANControl = control
            }
            count += 1
            type = frame.load16(offset + 2)
            offset += 4
        }
        vlanCount = count
    }

    private mutating func readARP(_ frame: RawSpan, _ offset: Int, _ layout: inout FrameLayout) {
        guard offset + 28 <= frame.byteCount, frame.load64(offset) >> 16 == 0x0001_0800_0604 else { return }
        layout.network = offset
        let operation = frame.load16(offset + 6)
        ipProtocol = operation < 256 ? UInt8(truncatingIfNeeded: operation) : 0
        arpSource = frame.loadMAC(offset + 8)
        ipv4Source = IPv4Address(rawValue: frame.load32(offset + 14))
        arpDestination = frame.loadMAC(offset + 18)
        ipv4Destination = IPv4Address(rawValue: frame.load32(offset + 24))
    }

    private mutating func readIPv4(_ frame: RawSpan, _ offset: Int, _ layout: inout FrameLayout) {
        guard offset + 20 <= frame.byteCount else { return }
        let first = frame.load8(offset)
        let length = Int(first & 15) * 4
        guard first >> 4 == 4, length >= 20, offset + length <= frame.byteCount else { return }
        layout.network = offset
        ipTOS = frame.load8(offset + 1)
        ipTTL = frame.load8(offset + 8)
        ipProtocol = frame.load8(offset + 9)
        ipv4Source = IPv4Address(rawValue: frame.load32(offset + 12))
        ipv4Destination = IPv4Address(rawValue: frame.load32(offset + 16))
        let part = frame.load16(offset + 6)
        if part & 0x3fff != 0 { fragment = part & 0x1fff != 0 ? FlowKey.fragmentAny | FlowKey.fragmentLater : FlowKey.fragmentAny }
        if part & 0x1fff == 0 { readTransport(frame, offset + length, ipProtocol, IPProtocol.icmp, &layout) }
    }

    private mutating func readIPv6(_ frame: RawSpan, _ offset: Int, _ layout: inout FrameLayout) {
        guard offset + 40 <= frame.byteCount else { return }
        let first = frame.load32(offset)
        guard first >> 28 == 6 else { return }
        layout.network = offset
        ipTOS = UInt8(truncatingIfNeeded: first >> 20)
        ipv6Label = first & 0xfffff
        ipTTL = frame.load8(offset + 7)
        ipv6Source = IPv6Address(rawValue: frame.load128(offset + 8))
        ipv6Destination = IPv6Address(rawValue: frame.load128(offset + 24))
        var type = frame.load8(offset + 6)
        var place = offset + 40
        var count = 0
        while IPProtocol.isExtension(type), count < 8, place + 8 <= frame.byteCount {
            let next = frame.load8(place)
            var length = 8
            if type == IPProtocol.fragment {
                let part = frame.load16(place + 2)
                if part & 0xfff9 != 0 { fragment = FlowKey.fragmentAny }
                if part & 0xfff8 != 0 {
                    fragment = FlowKey.fragmentAny | FlowKey.fragmentLater
                    break
                }
            } else if type == IPProtocol.authentication {
                length = (Int(frame.load8(place + 1)) + 2) * 4
            } else {
                length = (Int(frame.load8(place + 1)) + 1) * 8
            }
            guard place + length <= frame.byteCount else { break }
            place += length
            type = next
            count += 1
        }
        ipProtocol = type
        if fragment & FlowKey.fragmentLater == 0 { readTransport(frame, place, type, IPProtocol.icmpv6, &layout) }
    }

    /// `icmp` is the one of the two that belongs to this version of IP.
    @inline(__always) private mutating func readTransport(_ frame: RawSpan, _ offset: Int, _ type: UInt8, _ icmp: UInt8, _ layout: inout FrameLayout) {
        let left = frame.byteCount - offset
        switch type {
        case IPProtocol.tcp:
            guard left >= 20 else { return }
            tcpFlags = frame.load16(offset + 12) & 0x0fff
        case IPProtocol.udp: guard left >= 8 else { return }
        case IPProtocol.sctp: guard left >= 12 else { return }
        case icmp:
            guard left >= 8 else { return }
            layout.transport = offset
            sourcePort = UInt16(frame.load8(offset))
            destinationPort = UInt16(frame.load8(offset + 1))
            if icmp == IPProtocol.icmpv6 { readDiscovery(frame, offset, &layout) }
            return
        default: return
        }
        layout.transport = offset
        sourcePort = frame.load16(offset)
        destinationPort = frame.load16(offset + 2)
    }

    private mutating func readDiscovery(_ frame: RawSpan, _ offset: Int, _ layout: inout FrameLayout) {
        guard sourcePort == 135 || sourcePort == 136, destinationPort == 0, offset + 24 <= frame.byteCount else { return }
        ndTarget = IPv6Address(rawValue: frame.load128(offset + 8))
        var place = offset + 24
        for _ in 0..<4 {
            guard place + 8 <= frame.byteCount else { return }
            let length = Int(frame.load8(place + 1)) * 8
            guard length > 0, place + length <= frame.byteCount else { return }
            if length == 8 {
                let type = frame.load8(place)
                if type == 1, layout.sourceOption == 0 {
                    layout.sourceOption = place
                    arpSource = frame.loadMAC(place + 2)
                } else if type == 2, layout.targetOption == 0 {
                    layout.targetOption = place
                    arpDestination = frame.loadMAC(place + 2)
                }
            }
            place += length
        }
    }
}
