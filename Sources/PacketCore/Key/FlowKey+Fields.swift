#if _endian(big)
    #error("the flow key's accessors assume a little-endian processor")
#endif

/// The fields of `struct apus_flow_key`, as numbers in host order; in a mask each is the mask of the field.
extension FlowKey {
    /// The bytes from `shift` bits up in a word, as they lie in memory: in network order.
    @inlinable func take16(_ word: Int, _ shift: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: words[word] >> shift).byteSwapped }

    @inlinable mutating func put16(_ word: Int, _ shift: UInt64, _ value: UInt16) {
        words[word] = words[word] & ~(0xffff << shift) | UInt64(value.byteSwapped) << shift
    }

    @inlinable func take32(_ word: Int, _ shift: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: words[word] >> shift) }

    @inlinable mutating func put32(_ word: Int, _ shift: UInt64, _ value: UInt32) {
        words[word] = words[word] & ~(0xffff_ffff << shift) | UInt64(value) << shift
    }

    @inlinable func take8(_ word: Int, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: words[word] >> shift) }

    @inlinable mutating func put8(_ word: Int, _ shift: UInt64, _ value: UInt8) {
        words[word] = words[word] & ~(0xff << shift) | UInt64(value) << shift
    }

    @inlinable func take128(_ word: Int) -> UInt128 { UInt128(words[word].byteSwapped) << 64 | UInt128(words[word + 1].byteSwapped) }

    @inlinable mutating func put128(_ word: Int, _ value: UInt128) {
        words[word] = UInt64(truncatingIfNeeded: value >> 64).byteSwapped
        words[word + 1] = UInt64(truncatingIfNeeded: value).byteSwapped
    }

    /// Where the packet came in.
    @inlinable public var inPort: UInt32 {
        get { take32(0, 0) }
        set { put32(0, 0, newValue) }
    }

    /// 0 but for packets that come back from a datapath's own action.
    @inlinable public var recirculation: UInt32 {
        get { take32(0, 32) }
        set { put32(0, 32, newValue) }
    }

    /// The VNI of a packet that came out of a tunnel.
    @inlinable public var tunnelID: UInt64 {
        get { words[1].byteSwapped }
        set { words[1] = newValue.byteSwapped }
    }

    /// The sending VTEP.
    @inlinable public var tunnelSource: IPv4Address {
        get { IPv4Address(rawValue: take32(2, 0).byteSwapped) }
        set { put32(2, 0, newValue.rawValue.byteSwapped) }
    }

    /// Reserved for balancing over a bond.
    @inlinable public var bondHash: UInt32 {
        get { take32(2, 32) }
        set { put32(2, 32, newValue) }
    }

    /// To whom the frame goes.
    @inlinable public var ethernetDestination: MACAddress {
        get { MACAddress(rawValue: words[3].byteSwapped >> 16) }
        set { words[3] = words[3] & ~0xffff_ffff_ffff | (newValue.rawValue << 16).byteSwapped }
    }

    /// Of the payload, behind all VLAN tags; 0x05ff for a length (802.3).
    @inlinable public var ethernetType: UInt16 {
        get { take16(3, 48) }
        set { put16(3, 48, newValue) }
    }

    /// From whom the frame comes.
    @inlinable public var ethernetSource: MACAddress {
        get { MACAddress(rawValue: words[4].byteSwapped >> 16) }
        set { words[4] = words[4] & ~0xffff_ffff_ffff | (newValue.rawValue << 16).byteSwapped }
    }

    /// VLAN tags that the key holds: 0 to 2.
    @inlinable public var vlanCount: UInt8 {
        get { take8(4, 48) }
        set { put8(4, 48, newValue) }
    }

    /// The outermost tag's protocol: 0x8100 or 0x88a8.
    @inlinable public var vlanProtocol: UInt16 {
        get { take16(5, 0) }
        set { put16(5, 0, newValue) }
    }

    /// The outermost tag: priority, `vlanPresent`, VLAN ID.
    @inlinable public var vlanControl: UInt16 {
        get { take16(5, 16) }
        set { put16(5, 16, newValue) }
    }

    /// The second tag's protocol.
    @inlinable public var innerVLANProtocol: UInt16 {
        get { take16(5, 32) }
        set { put16(5, 32, newValue) }
    }

    /// The second tag: priority, `vlanPresent`, VLAN ID.
    @inlinable public var innerVLANControl: UInt16 {
        get { take16(5, 48) }
        set { put16(5, 48, newValue) }
    }

    /// In a tag control information, where 802.1Q has the drop eligible bit: there is a tag (`APUS_VLAN_PRESENT`).
    @inlinable public static var vlanPresent: UInt16 { 0x1000 }

    /// The protocol above IP (IPv6: behind the extension headers); ARP: the operation.
    @inlinable public var ipProtocol: UInt8 {
        get { take8(6, 0) }
        set { put8(6, 0, newValue) }
    }

    /// Type of service; IPv6: traffic class.
    @inlinable public var ipTOS: UInt8 {
        get { take8(6, 8) }
        set { put8(6, 8, newValue) }
    }

    /// Time to live; IPv6: hop limit.
    @inlinable public var ipTTL: UInt8 {
        get { take8(6, 16) }
        set { put8(6, 16, newValue) }
    }

    /// Bits `fragmentAny` and `fragmentLater`.
    @inlinable public var fragment: UInt8 {
        get { take8(6, 24) }
        set { put8(6, 24, newValue) }
    }

    /// The packet is a part of a datagram (`APUS_FRAGMENT_ANY`).
    @inlinable public static var fragmentAny: UInt8 { 1 }

    /// It is not the first part and has no ports (`APUS_FRAGMENT_LATER`).
    @inlinable public static var fragmentLater: UInt8 { 2 }

    /// Of TCP, UDP, SCTP; of ICMP and ICMPv6 the type.
    @inlinable public var sourcePort: UInt16 {
        get { take16(6, 32) }
        set { put16(6, 32, newValue) }
    }

    /// Of TCP, UDP, SCTP; of ICMP and ICMPv6 the code.
    @inlinable public var destinationPort: UInt16 {
        get { take16(6, 48) }
        set { put16(6, 48, newValue) }
    }

    /// Twelve bits.
    @inlinable public var tcpFlags: UInt16 {
        get { take16(7, 0) }
        set { put16(7, 0, newValue) }
    }

    /// Twenty bits.
    @inlinable public var ipv6Label: UInt32 {
        get { take32(7, 32).byteSwapped }
        set { put32(7, 32, newValue.byteSwapped) }
    }

    /// The source of IPv4, and ARP's sender.
    @inlinable public var ipv4Source: IPv4Address {
        get { IPv4Address(rawValue: take32(8, 0).byteSwapped) }
        set { put32(8, 0, newValue.rawValue.byteSwapped) }
    }

    /// The destination of IPv4, and ARP's target.
    @inlinable public var ipv4Destination: IPv4Address {
        get { IPv4Address(rawValue: take32(10, 0).byteSwapped) }
        set { put32(10, 0, newValue.rawValue.byteSwapped) }
    }

    /// The source of IPv6; shares its first four bytes with `ipv4Source`.
    @inlinable public var ipv6Source: IPv6Address {
        get { IPv6Address(rawValue: take128(8)) }
        set { put128(8, newValue.rawValue) }
    }

    /// The destination of IPv6; shares its first four bytes with `ipv4Destination`.
    @inlinable public var ipv6Destination: IPv6Address {
        get { IPv6Address(rawValue: take128(10)) }
        set { put128(10, newValue.rawValue) }
    }

    /// ARP's sender hardware address; of ND the source link-layer address option.
    @inlinable public var arpSource: MACAddress {
        get { MACAddress(rawValue: words[12].byteSwapped >> 16) }
        set { words[12] = words[12] & ~0xffff_ffff_ffff | (newValue.rawValue << 16).byteSwapped }
    }

    /// ARP's target hardware address; of ND the target link-layer address option.
    @inlinable public var arpDestination: MACAddress {
        get { MACAddress(rawValue: UInt64(take16(12, 48)) << 32 | UInt64(take32(13, 0).byteSwapped)) }
        set {
            put16(12, 48, UInt16(truncatingIfNeeded: newValue.rawValue >> 32))
            put32(13, 0, UInt32(truncatingIfNeeded: newValue.rawValue).byteSwapped)
        }
    }

    /// Of a neighbour solicitation or advertisement.
    @inlinable public var ndTarget: IPv6Address {
        get { IPv6Address(rawValue: take128(14)) }
        set { put128(14, newValue.rawValue) }
    }
}
