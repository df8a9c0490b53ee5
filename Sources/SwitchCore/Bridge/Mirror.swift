/// Copies of some of a bridge's packets.
///
/// A packet is selected if it came in by one of `sources` or leaves by one of `destinations`, and is of one of `vlans`; with neither ports nor VLANs
/// every packet is. A copy of what came in is as it came, one of what leaves as it leaves; nothing is copied twice to one output.
public struct Mirror: Equatable, Sendable {
    /// Where the copies go.
    public enum Output: Equatable, Sendable {
        /// By a port, which carries nothing else then.
        case port(PortNumber)
        /// Into a VLAN that carries nothing else (RSPAN).
        case vlan(UInt16)
        /// To the daemon, which writes them down.
        case capture
    }

    /// Unique in the bridge.
    public var name: String
    /// Ports by which they come in.
    public var sources: Set<PortNumber> = []
    /// Ports by which they leave.
    public var destinations: Set<PortNumber> = []
    /// Empty for all.
    public var vlans = VLANSet()
    /// Where the copies go.
    public var output: Output

    /// Of every packet.
    public init(name: String, output: Output) {
        self.name = name
        self.output = output
    }

    var selectsAll: Bool { sources.isEmpty && destinations.isEmpty }
}

/// The numbers of meters in the datapath.
///
/// Those of rules count bits; each port has two more: one of its rate in bits, and one of storms, in packets.
public enum MeterID {
    /// A packet costs 1 and not its length in bits at meters with this bit (and without `portRate`'s).
    public static let countsPackets: UInt32 = 0x4000_0000
    private static let portRate: UInt32 = 0x8000_0000

    /// What comes in by a port: rate and burst in bits.
    public static func rate(of port: PortNumber) -> UInt32 { portRate | port.rawValue & 0x3fff_ffff }

    /// What is flooded from a port: rate and burst in packets.
    public static func storm(of port: PortNumber) -> UInt32 { countsPackets | port.rawValue & 0x3fff_ffff }

    /// Whether rate and burst of a meter are in packets.
    public static func isOfPackets(_ id: UInt32) -> Bool { id & 0xc000_0000 == countsPackets }
}
