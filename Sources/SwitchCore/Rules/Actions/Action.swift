/// A range of bits of a field.
public struct Subfield: Hashable, Sendable {
    /// Of which field.
    public let field: Field
    /// The lowest bit.
    public let low: Int
    /// How many bits.
    public let bits: Int

    /// Makes one; the bits must lie within the field.
    public init(field: Field, low: Int, bits: Int) {
        precondition(low >= 0 && bits > 0 && low + bits <= field.info.bits)
        (self.field, self.low, self.bits) = (field, low, bits)
    }

    /// The bits in their place.
    var mask: UInt128 { (bits == 128 ? ~0 : (1 << UInt128(bits)) - 1) << UInt128(low) }
}

/// One step of what a rule does to a packet, in order.
///
/// A rule without actions drops.
public enum Action: Hashable, Sendable {
    /// A copy leaves by the port, but never by the one it came in.
    case output(PortNumber)
    /// A copy goes to the port that a field (a register) holds.
    case outputField(Subfield)
    /// The bridge forwards as a switch that learns addresses.
    case normal
    /// To all ports of the packet's VLAN.
    case flood
    /// To all ports, whatever their VLAN.
    case all
    /// Back where it came from.
    case inPort
    /// To the bridge's local port.
    case local
    /// To the daemon: at most so many bytes of it.
    case controller(maximum: UInt16)
    /// A tag of this protocol with VLAN 0 is put outermost.
    case pushVLAN(UInt16)
    /// The outermost tag is taken off.
    case popVLAN
    /// The tag's VLAN; a packet without a tag gets one.
    case setVLAN(UInt16)
    /// The tag's priority; a packet without a tag gets one.
    case setVLANPriority(UInt8)
    /// The bits of `mask` of a field become those of `value`.
    case set(Field, value: UInt128, mask: UInt128)
    /// Bits are copied between fields.
    case move(from: Subfield, to: Subfield)
    /// The time to live becomes one less; where it is used up the packet ends here.
    case decrementTTL
    /// What exceeds the meter's rate ends here.
    case meter(UInt32)
    /// The rules of a table (nil: of the same) decide for a packet as if it came in by the port (nil: its own), then what follows is done.
    case resubmit(port: PortNumber?, table: UInt8?)
    /// The rules of a later table decide what more is done.
    case goto(UInt8)
    /// The bits of `mask` of the metadata become those of `value`.
    case writeMetadata(value: UInt64, mask: UInt64)
    /// A copy, as the packet is by now, goes to the port and is no part of the bridge's traffic there.
    case mirror(PortNumber)
    /// Nothing; bytes for whoever wrote the rule.
    case note([UInt8])
}
