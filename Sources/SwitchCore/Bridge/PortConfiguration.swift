public import PacketCore

/// How a port of a bridge treats tags, by Open vSwitch's names.
public enum VLANMode: Sendable, Equatable {
    /// Frames come and go without a tag and belong to `tag`.
    case access
    /// Frames come and go with tags of `trunks`; those without belong to no VLAN (0).
    case trunk
    /// A trunk; frames without a tag belong to `tag`, and leave with one.
    case nativeTagged
    /// A trunk; frames without a tag belong to `tag`, and leave without.
    case nativeUntagged
}

/// Whose addresses a port's frames must carry.
public struct SourceGuard: Equatable, Sendable {
    /// The only hardware address behind the port.
    public var mac: MACAddress
    /// All IPv4 addresses behind it; 0.0.0.0 is allowed too where a host looks for its address (DHCP, ARP probes).
    public var ipv4: [IPv4Address]
    /// All IPv6 addresses behind it; the link-local one made of `mac`, and :: for duplicate address detection, are allowed too.
    public var ipv6: [IPv6Address]

    /// Makes a guard.
    public init(mac: MACAddress, ipv4: [IPv4Address] = [], ipv6: [IPv6Address] = []) {
        (self.mac, self.ipv4, self.ipv6) = (mac, ipv4, ipv6)
    }
}

/// A port as the slow path sees it.
public struct PortConfiguration: Equatable, Sendable {
    /// Unique in the switch, not 0.
    public var number: PortNumber
    /// Unique in the switch.
    public var name: String
    /// How it treats tags.
    public var vlanMode = VLANMode.trunk
    /// The VLAN of frames without a tag, where the mode has one; 0 for none.
    public var tag: UInt16 = 0
    /// The VLANs of a trunk; empty for all.
    public var trunks = VLANSet()
    /// Nil lets every source address in.
    public var sourceGuard: SourceGuard?
    /// Whether answers of DHCP servers, router advertisements and redirects may come in.
    public var trustsServers = true
    /// Whether NORMAL and FLOOD never forward between it and other isolated ports.
    public var isIsolated = false
    /// How many MAC addresses are learned behind it; 0 for as many as the table holds.
    public var macLimit = 0
    /// Bits a second that may come in; 0 for any number.
    public var rate: UInt64 = 0
    /// Bits above it; 0 for a tenth of a second's.
    public var burst: UInt64 = 0
    /// Packets a second of broadcast, multicast and unknown destinations that may come in; 0 for any number.
    public var stormLimit: UInt64 = 0
    /// The bridge's own port, which rules call LOCAL.
    public var isLocal = false
    /// The port of another bridge that this one is joined to; neither has an interface.
    public var peer: PortNumber?
    /// Whether its interface is there and up.
    public var isUp = true

    /// A trunk of all VLANs without limits.
    public init(number: PortNumber, name: String) {
        self.number = number
        self.name = name
    }
}

/// A bridge as the slow path sees it.
public struct BridgeConfiguration: Equatable, Sendable {
    /// Unique in the switch.
    public var name: String
    /// Nanoseconds after which a learned address is forgotten; 0 learns nothing.
    public var macAgeing: UInt64 = 300_000_000_000
    /// How many addresses are learned at most.
    public var macLimit = 8192
    /// Whether packets that no rule of table 0 matches are dropped and not forwarded as by NORMAL.
    public var isSecure = false

    /// With the usual settings.
    public init(name: String) { self.name = name }
}
