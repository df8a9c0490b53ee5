public import PacketCore

/// What a bridge learns from a packet.
public struct LearnEffect: Sendable {
    /// Which bridge.
    public let bridge: ObjectIdentifier
    /// 0 for frames of no VLAN.
    public let vlan: UInt16
    /// The source.
    public let mac: MACAddress
    /// Where it came in.
    public let port: PortNumber
    /// It was elsewhere before.
    public let isMove: Bool
}

/// What becomes of a packet, and of every other with the same bits under the mask while the switch stays as it is.
public struct Translation {
    /// For the datapath; a list without an output ends with the reason of the drop.
    public internal(set) var actions: [DatapathAction] = []
    /// The bits of the key that were read.
    public internal(set) var mask = FlowKey()
    /// The rules that decided, in order; a rule may be there more than once.
    public internal(set) var rules: [Rule] = []
    /// Addresses to learn, or to keep from ageing.
    public internal(set) var learns: [LearnEffect] = []
    /// Addresses that were looked up in bridges: the decision stands only while these are where they are.
    var addresses: [AddressUse] = []
    /// It stands only while the port has as many addresses.
    var dependsOnCount = false
    /// Why the packet, or a part of what was to become of it, was dropped; the last of several.
    public internal(set) var drop: DropReason?
    /// Where `upcall(.capture)` stands in the actions, in order.
    public internal(set) var captures: [CapturePoint] = []
    /// The switch's generation at that time.
    public internal(set) var generation: UInt64 = 0

    /// Whether anything leaves.
    public var hasOutput: Bool {
        actions.contains {
            switch $0 {
            case .output, .upcall: true
            default: false
            }
        }
    }
}

/// An address of a bridge's table.
struct AddressUse: Hashable, Sendable {
    let bridge: ObjectIdentifier
    /// With its VLAN, as the table has it.
    let key: UInt64
}

/// A copy for a capture.
public struct CapturePoint: Equatable, Sendable {
    /// The mirror's name.
    public let mirror: String
    /// Where the packet came in, or leaves.
    public let port: PortNumber
    /// Whether it leaves.
    public let isOutgoing: Bool
}
