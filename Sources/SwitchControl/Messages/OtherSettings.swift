import LinuxSystem

/// A mirror of a bridge: copies of what passes some ports go to one port.
public struct MirrorSettings: Equatable, Sendable, WireValue {
    /// The bridge's name, or its network's.
    public var bridge = ""
    /// Unique in the bridge.
    public var name = ""
    /// Ports whose incoming frames are copied; with `destinations` empty too, and without VLANs, those of all ports.
    public var sources: [String] = []
    /// Ports whose outgoing frames are copied.
    public var destinations: [String] = []
    /// The VLANs of which frames are copied; empty for all.
    public var vlans: [UInt16] = []
    /// The port that the copies leave by.
    public var output = ""
    /// Where `output` is empty: the VLAN into which the copies are flooded (RSPAN).
    public var outputVLAN: UInt16 = 0

    /// A mirror of nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&bridge)
        try coder.field(&name)
        try coder.field(&sources)
        try coder.field(&destinations)
        try coder.field(&vlans)
        try coder.field(&output)
        try coder.field(&outputVLAN)
    }
}

/// A limit that rules put on what they match.
public struct MeterSettings: Equatable, Sendable, WireValue {
    /// The bridge's name, or its network's.
    public var bridge = ""
    /// 1 and up, unique in the bridge.
    public var id: UInt32 = 0
    /// Bits a second.
    public var rate: UInt64 = 0
    /// Bits that may pass at once; 0 for a tenth of a second's.
    public var burst: UInt64 = 0

    /// A meter without id.
    public init() {}

    /// A meter.
    public init(bridge: String, id: UInt32, rate: UInt64, burst: UInt64 = 0) {
        self.bridge = bridge
        self.id = id
        self.rate = rate
        self.burst = burst
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&bridge)
        try coder.field(&id)
        try coder.field(&rate)
        try coder.field(&burst)
    }
}

/// An entry of a bridge's MAC table, put by the user or learned.
public struct MACEntry: Equatable, Sendable, WireValue {
    /// The bridge's name, or its network's.
    public var bridge = ""
    /// The VLAN; 0 for none.
    public var vlan: UInt16 = 0
    /// Six bytes.
    public var mac: [UInt8] = []
    /// The port's name.
    public var port = ""
    /// Whether a user put it: it neither ages nor moves.
    public var isStatic = false
    /// Seconds since a frame came from there; of a static one 0.
    public var age: UInt32 = 0

    /// An entry without address.
    public init() {}

    /// A static entry.
    public init(bridge: String, vlan: UInt16, mac: [UInt8], port: String) {
        self.bridge = bridge
        self.vlan = vlan
        self.mac = mac
        self.port = port
        isStatic = true
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&bridge)
        try coder.field(&vlan)
        try coder.field(&mac)
        try coder.field(&port)
        try coder.field(&isStatic)
        try coder.field(&age)
    }
}
