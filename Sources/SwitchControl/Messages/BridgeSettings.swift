import LinuxSystem

/// A bridge as its user wants it: one switch instance.
public struct BridgeSettings: Equatable, Sendable, WireValue {
    /// At most 15 bytes, as it may become the name of an interface.
    public var name = ""
    /// The user's network that the bridge carries; empty for one set up by hand; commands take it for the bridge's name.
    public var network = ""
    /// Seconds after which a learned MAC address is forgotten; 0 learns nothing.
    public var macAgeing: UInt32 = 300
    /// How many MAC addresses are learned at most, over all ports.
    public var macLimit: UInt32 = 8192
    /// Whether a bridge without rules drops everything; otherwise it then behaves as a learning switch.
    public var isSecure = false
    /// Gone after a reboot.
    public var isEphemeral = false

    /// A bridge without name.
    public init() {}

    /// A bridge with the usual settings.
    public init(name: String, network: String = "", isEphemeral: Bool = false) {
        self.name = name
        self.network = network
        self.isEphemeral = isEphemeral
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&name)
        try coder.field(&network)
        try coder.field(&macAgeing)
        try coder.field(&macLimit)
        try coder.field(&isSecure)
        try coder.field(&isEphemeral)
    }
}
