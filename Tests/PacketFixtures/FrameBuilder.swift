public import PacketCore

/// A frame for tests, described by its headers: lengths and checksums follow from them.
///
/// Written apart from the product's own code for headers, so that a mistake there is not made here too.
public struct FrameBuilder: Sendable {
    /// What is behind the Ethernet header and the tags.
    public enum Network: Sendable {
        /// Nothing but a type and the payload.
        case raw(type: UInt16)
        /// A length in the place of the type (802.3).
        case length
        /// IPv4; options are filled up to whole words, `fragment` is the field with flags and offset.
        case ipv4(source: IPv4Address, destination: IPv4Address, options: [UInt8] = [], fragment: UInt16 = 0)
        /// IPv6; of each extension header its type and its bytes, in which the next header's type is filled in.
        case ipv6(source: IPv6Address, destination: IPv6Address, label: UInt32 = 0, extensions: [(type: UInt8, bytes: [UInt8])] = [])
        /// ARP of Ethernet and IPv4.
        case arp(operation: UInt16, sender: MACAddress, senderIP: IPv4Address, target: MACAddress, targetIP: IPv4Address)
    }

    /// What is behind the IP header.
    public enum Transport: Sendable {
        /// Nothing but the payload, under a protocol's number.
        case raw(type: UInt8)
        case tcp(source: UInt16, destination: UInt16, flags: UInt16 = 0x10)
        /// A checksum of zero says that there is none.
        case udp(source: UInt16, destination: UInt16, checksum: Bool = true)
        case sctp(source: UInt16, destination: UInt16)
        /// ICMP in IPv4 and ICMPv6 in IPv6; `rest` is bytes 4 to 7.
        case icmp(type: UInt8, code: UInt8, rest: UInt32 = 0)
    }

    /// To whom.
    public var destination = MACAddress(rawValue: 0x0200_0000_0002)
    /// From whom.
    public var source = MACAddress(rawValue: 0x0200_0000_0001)
    /// Outermost first.
    public var tags: [(type: UInt16, control: UInt16)] = []
    /// What is behind the tags.
    public var network = Network.raw(type: 0x88b5)
    /// What is behind the IP header.
    public var transport = Transport.raw(type: 253)
    /// IP's type of service, or traffic class.
    public var tos: UInt8 = 0
    /// IP's time to live, or hop limit.
    public var ttl: UInt8 = 64
    /// What is behind all headers.
    public var payload: [UInt8] = []

    /// A frame of an experimental type between two addresses, to be changed.
    public init() {}

    /// IPv4 with UDP, the commonest frame of tests.
    public init(_ source: String, _ destination: String, udp port: UInt16 = 53, from: UInt16 = 4000, payload: [UInt8] = Array("payload".utf8)) {
        network = .ipv4(source: IPv4Address(source)!, destination: IPv4Address(destination)!)
        transport = .udp(source: from, destination: port)
        self.payload = payload
    }

    /// An ARP request ("who has `target`"), sent to all.
    public init(arpFrom sender: MACAddress, _ senderIP: String, target: String) {
        destination = .broadcast
        source = sender
        network = .arp(
            operation: 1, sender: sender, senderIP: IPv4Address(senderIP)!, target: MACAddress(rawValue: 0), targetIP: IPv4Address(target)!)
    }

    /// A neighbour solicitation or advertisement with its link-layer option.
    public init(ndType type: UInt8, from: String, to: String, target: String, option: (type: UInt8, address: MACAddress)?) {
        network = .ipv6(source: IPv6Address(from)!, destination: IPv6Address(to)!)
        transport = .icmp(type: type, code: 0)
        ttl = 255
        payload = big(IPv6Address(target)!.rawValue)
        if let option { payload += [option.type, 1] + big(option.address.rawValue).suffix(6) }
    }

    /// The frame.
    public var bytes: [UInt8] {
        var frame = big(destination.rawValue).suffix(6) + big(source.rawValue).suffix(6)
        for tag in tags { frame += big(tag.type) + big(tag.control) }
        let body: [UInt8]
        switch network {
        case .raw(let type): body = big(type) + payload
        case .length: body = big(UInt16(payload.count)) + payload
        case .ipv4(let source, let destination, let options, let fragment):
            body = big(UInt16(0x0800)) + ipv4(source, destination, options, fragment)
        case .ipv6(let source, let destination, let label, let extensions):
            body = big(UInt16(0x86dd)) + ipv6(source, destination, label, extensions)
        case .arp(let operation, let sender, let senderIP, let target, let targetIP):
            body =
                big(UInt16(0x0806)) + [0, 1, 8, 0, 6, 4] + big(operation) + big(sender.rawValue).suffix(6) + big(senderIP.rawValue)
                + big(target.rawValue).suffix(6) + big(targetIP.rawValue)
        }
        return frame + body
    }

    private func ipv4(_ source: IPv4Address, _ destination: IPv4Address, _ options: [UInt8], _ fragment: UInt16) -> [UInt8] {
        let options = options + Array(repeating: 0, count: (4 - options.count % 4) % 4)
        let (type, segment) = segment(pseudo: big(source.rawValue) + big(destination.rawValue), icmp: 1, covered: fragment & 0x1fff == 0)
        var header: [UInt8] = [0x45 + UInt8(options.count / 4), tos] + big(UInt16(20 + options.count + segment.count)) + [0x12, 0x34]
        header += big(fragment) + [ttl, type, 0, 0] + big(source.rawValue) + big(destination.rawValue) + options
        header.replaceSubrange(10..<12, with: big(referenceChecksum(header)))
        return header + segment
    }

    private func ipv6(_ source: IPv6Address, _ destination: IPv6Address, _ label: UInt32, _ extensions: [(type: UInt8, bytes: [UInt8])]) -> [UInt8] {
        let (type, segment) = segment(pseudo: big(source.rawValue) + big(destination.rawValue), icmp: 58, covered: true)
        var chain: [UInt8] = []
        for (index, header) in extensions.enumerated() {
            var bytes = header.bytes
            if !bytes.isEmpty { bytes[0] = index + 1 < extensions.count ? extensions[index + 1].type : type }
            chain += bytes
        }
        let first = 6 << 28 | UInt32(tos) << 20 | label
        return big(first) + big(UInt16(chain.count + segment.count)) + [extensions.first?.type ?? type, ttl] + big(source.rawValue)
            + big(destination.rawValue) + chain + segment
    }

    /// The protocol's number and its header with the payload.
    private func segment(pseudo addresses: [UInt8], icmp: UInt8, covered: Bool) -> (UInt8, [UInt8]) {
        var bytes: [UInt8]
        let type: UInt8
        let checksum: Int
        switch transport {
        case .raw(let raw): return (raw, payload)
        case .tcp(let source, let destination, let flags):
            (type, checksum) = (6, 16)
            bytes = big(source) + big(destination) + [0, 0, 0, 1, 0, 0, 0, 2] + big(0x5000 | flags) + [0x10, 0, 0, 0, 0, 0]
        case .udp(let source, let destination, let hasChecksum):
            (type, checksum) = (17, hasChecksum ? 6 : -1)
            bytes = big(source) + big(destination) + big(UInt16(8 + payload.count)) + [0, 0]
        case .sctp(let source, let destination):
            (type, checksum) = (132, -1)
            bytes = big(source) + big(destination) + [0, 0, 0, 9, 1, 2, 3, 4]
        case .icmp(let kind, let code, let rest):
            (type, checksum) = (icmp, 2)
            bytes = [kind, code, 0, 0] + big(rest)
        }
        bytes += payload
        guard checksum >= 0, covered else { return (type, bytes) }
        let pseudo = type == 1 ? [] : addresses + big(UInt32(bytes.count)) + [0, 0, 0, type]
        let value = referenceChecksum(pseudo + bytes)
        bytes.replaceSubrange(checksum..<checksum + 2, with: big(type == 17 && value == 0 ? 0xffff : value))
        return (type, bytes)
    }
}

/// The bytes of a number, highest first.
public func big(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// RFC 1071, word by word with the carry brought around each time.
public func referenceChecksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
        sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        if sum > 0xffff { sum -= 0xffff }
    }
    return ~UInt16(sum)
}
