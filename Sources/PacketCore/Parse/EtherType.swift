/// Ethernet's types that the switch knows (IEEE 802 numbers).
public enum EtherType {
    /// Internet Protocol, version 4.
    public static let ipv4: UInt16 = 0x0800
    /// Address resolution.
    public static let arp: UInt16 = 0x0806
    /// Reverse address resolution; has ARP's form.
    public static let rarp: UInt16 = 0x8035
    /// A tag of 802.1Q.
    public static let vlan: UInt16 = 0x8100
    /// Internet Protocol, version 6.
    public static let ipv6: UInt16 = 0x86dd
    /// The outer tag of 802.1ad (QinQ).
    public static let serviceVLAN: UInt16 = 0x88a8
    /// Stands in keys for a frame with a length in the place of the type (802.3); no packet has this type.
    public static let length: UInt16 = 0x05ff
}

/// Protocols above IP, and IPv6's extension headers (IANA protocol numbers).
public enum IPProtocol {
    /// Of IPv4.
    public static let icmp: UInt8 = 1
    /// Transmission control.
    public static let tcp: UInt8 = 6
    /// User datagrams.
    public static let udp: UInt8 = 17
    /// ICMP of IPv6, neighbour discovery too.
    public static let icmpv6: UInt8 = 58
    /// Stream control.
    public static let sctp: UInt8 = 132
    /// Extension header: options for every hop.
    public static let hopByHop: UInt8 = 0
    /// Extension header: routing.
    public static let routing: UInt8 = 43
    /// Extension header: a part of a datagram.
    public static let fragment: UInt8 = 44
    /// Extension header: authentication.
    public static let authentication: UInt8 = 51
    /// Extension header: options for the destination.
    public static let destinationOptions: UInt8 = 60

    /// Whether reading goes on behind a header of this type.
    @inlinable public static func isExtension(_ type: UInt8) -> Bool {
        type == hopByHop || type == routing || type == fragment || type == authentication || type == destinationOptions
    }
}
