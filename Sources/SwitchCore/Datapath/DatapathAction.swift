public import PacketCore

/// The number of a port within the switch: what users see, rules name and keys hold.
///
/// Never a kernel's interface index.
public struct PortNumber: RawRepresentable, Hashable, Sendable, Comparable {
    /// In host order, as keys hold it.
    public let rawValue: UInt32

    /// Names the port of that number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// By number.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One step of what a datapath does to a packet of a flow, in order; a list without an output drops.
///
/// Translation of a packet by the tables yields these. They are the whole language between slow and fast path.
public enum DatapathAction: Equatable, Sendable {
    /// A copy of the packet, as it is by now, leaves by the port.
    case output(PortNumber)
    /// The bits of `mask` of the packet's header fields become those of `value`; checksums stay right, where IPv4 addresses and ports are part of them.
    ///
    /// `mask` holds only: Ethernet's addresses, `ip_tos`, `ip_ttl`, `ip_source`, `ip_destination`, the ports (of TCP, UDP, SCTP, ICMP's type and
    /// code), `ipv6_label`, `arp_source`, `arp_destination` (of ND: the options), `nd_target`, and for ARP the operation in `ip_proto`. Tags are changed
    /// by popping and pushing. What the packet does not have (its key was read without it) is left alone.
    case set(value: FlowKey, mask: FlowKey)
    /// A tag is put outermost; `tci` in host order without the present bit.
    case pushVLAN(tpid: UInt16, tci: UInt16)
    /// The outermost tag is taken off.
    case popVLAN
    /// What exceeds the meter's rate ends here, counted as dropped by the meter.
    case meter(UInt32)
    /// The packet goes to the daemon, with the reason.
    case upcall(UpcallReason)
    /// The packet ends here and is counted under the reason.
    case drop(DropReason)
}

/// Why a packet comes to the slow path.
public enum UpcallReason: UInt16, Sendable, CaseIterable {
    /// No flow of the datapath matches.
    case miss = 0
    /// A rule sends it to the controller.
    case controller = 1
    /// Its actions are of a kind that the datapath cannot carry out.
    case slowPath = 2
    /// A mirror into a capture.
    case capture = 3
}

/// Why a packet was dropped: each reason is a counter with a name that users see.
public enum DropReason: UInt16, Sendable, CaseIterable {
    /// A rule has no actions, or none matched in a table whose miss drops.
    case rule = 0
    case noRule = 1
    case unknownPort = 2
    case portDown = 3
    case malformed = 4
    case vlanNotAllowed = 5
    case spoofedSource = 6
    case isolated = 7
    case macLimit = 8
    case storm = 9
    case meter = 10
    case ttlExpired = 11
    case tooDeep = 12
    case sourcePort = 13
    case mtu = 14
    case upcallQueueFull = 15
    case slowPathFailed = 16
    case reservedMulticast = 17
    case portRate = 18
    /// It came in by a port that carries copies of a mirror alone.
    case mirrorPort = 19
    /// An answer of a DHCP server, a router advertisement or a redirect from a port that is not trusted with them.
    case untrustedServer = 20
}
