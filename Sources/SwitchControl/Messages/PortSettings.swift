import LinuxSystem

/// What a port connects.
public enum PortKind: UInt8, Sendable, CaseIterable {
    /// A container, by the host's end of a veth pair that somebody else has made.
    case veth = 0
    /// The host itself: the daemon makes the interface, and gives it `PortSettings.hostAddresses`.
    case local = 1
    /// An interface of the host, which the switch takes over.
    case uplink = 2
    /// Another bridge: `PortSettings.peer` names the port at its other end.
    case patch = 3
    /// A virtual machine or a program: the daemon makes a persistent tap interface.
    case tap = 4
}

/// How a port treats VLAN tags, as Open vSwitch names it.
public enum PortVLANMode: UInt8, Sendable, CaseIterable {
    /// Frames come and go without a tag and belong to `PortSettings.tag`; with tag 0 to no VLAN.
    case access = 0
    /// Frames come and go with tags, of `PortSettings.trunks` or, where that is empty, of any VLAN.
    case trunk = 1
    /// A trunk, where frames without tag belong to `tag` and leave with it.
    case nativeTagged = 2
    /// A trunk, where frames without tag belong to `tag` and leave without it.
    case nativeUntagged = 3
}

/// The container behind a port.
public struct PortOwner: Equatable, Sendable, WireValue {
    /// The container's id; empty for a port without.
    public var id = ""
    /// The container's name: commands take it for the port's name.
    public var name = ""
    /// The names under which the container is found by others of the port's network, beside its own.
    public var aliases: [String] = []

    /// Nobody.
    public init() {}

    /// A container.
    public init(id: String, name: String, aliases: [String] = []) {
        self.id = id
        self.name = name
        self.aliases = aliases
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&id)
        try coder.field(&name)
        try coder.field(&aliases)
    }
}

/// A port as its user wants it.
public struct PortSettings: Equatable, Sendable, WireValue {
    /// The bridge's name, or its network's.
    public var bridge = ""
    /// Unique in the switch; empty for the interface's name.
    public var name = ""
    /// The host's interface; of a patch port empty.
    public var interface = ""
    /// What it connects.
    public var kind = PortKind.veth
    /// 1 to 65279, unique in the switch; 0 lets the daemon choose.
    public var number: UInt32 = 0
    /// How it treats VLAN tags.
    public var vlanMode = PortVLANMode.access
    /// The VLAN of frames without tag; 0 for none.
    public var tag: UInt16 = 0
    /// The VLANs of a trunk; empty for all.
    public var trunks: [UInt16] = []
    /// The port's own MAC address, six bytes, or empty where it is not known.
    public var mac: [UInt8] = []
    /// The port's own addresses: of IPv4 four bytes each, of IPv6 sixteen.
    public var addresses: [[UInt8]] = []
    /// Whether a frame may come in only from `mac` and `addresses`, also as the sender of ARP and ND.
    public var guardsSource = false
    /// Whether answers of DHCP servers and IPv6 routers may come in here.
    public var trustsServers = true
    /// Whether it talks to ports that are not isolated only.
    public var isIsolated = false
    /// Bits a second that may come in; 0 for any number.
    public var rate: UInt64 = 0
    /// Bits that may come in at once above the rate; 0 for a tenth of a second's.
    public var burst: UInt64 = 0
    /// How many MAC addresses are learned behind it; 0 for any number.
    public var macLimit: UInt32 = 0
    /// Packets a second of broadcast, multicast and unknown destination that may come in; 0 for any number.
    public var stormLimit: UInt32 = 0
    /// The port at the other end of a patch.
    public var peer = ""
    /// Of a local port: the host's addresses on it, such as "10.88.0.1/16".
    public var hostAddresses: [String] = []
    /// The container behind it.
    public var owner = PortOwner()
    /// Gone after a reboot, and with its interface.
    public var isEphemeral = false

    /// A port without bridge and interface.
    public init() {}

    /// A port with the usual settings.
    public init(bridge: String, interface: String, kind: PortKind) {
        self.bridge = bridge
        self.interface = interface
        self.kind = kind
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&bridge)
        try coder.field(&name)
        try coder.field(&interface)
        try coder.field(&kind)
        try coder.field(&number)
        try coder.field(&vlanMode)
        try coder.field(&tag)
        try coder.field(&trunks)
        try coder.field(&mac)
        try coder.field(&addresses)
        try coder.field(&guardsSource)
        try coder.field(&trustsServers)
        try coder.field(&isIsolated)
        try coder.field(&rate)
        try coder.field(&burst)
        try coder.field(&macLimit)
        try coder.field(&stormLimit)
        try coder.field(&peer)
        try coder.field(&hostAddresses)
        try coder.field(&owner)
        try coder.field(&isEphemeral)
    }
}
