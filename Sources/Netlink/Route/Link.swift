/// What is known of a network device.
public struct Link: Equatable, Sendable {
    /// Its number in its namespace.
    public let index: Int32
    /// Its name.
    public let name: String
    /// Whether it is set up (IFF_UP).
    public let isUp: Bool
    /// Whether it also has a carrier (IFF_LOWER_UP), for a veth: whether its peer is up.
    public let hasCarrier: Bool
    /// Its hardware address; empty for one without.
    public let address: [UInt8]
    /// Bytes of the largest packet; 0 where the kernel did not say.
    public let mtu: UInt32
    /// The number of a veth's other end, in the other end's namespace; 0 for none.
    public let peer: Int32
    /// Whether a veth's other end is in another namespace.
    public let isPeerElsewhere: Bool
    /// The number of the bridge that it belongs to; 0 for none.
    public let master: Int32
    /// What it is: `veth`, `bridge`, `vlan`, `tun` and so on; empty for a physical one.
    public let kind: String

    /// From RTM_NEWLINK or RTM_DELLINK: struct ifinfomsg, then attributes.
    public init(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 16)
        func number<Number: FixedWidthInteger>(_ attribute: UInt16, as type: Number.Type) -> Number {
            readNumber(attributes[attribute, default: []][...], 0, as: type)
        }
        let flags = message.number(8, as: UInt32.self)
        index = message.number(4, as: Int32.self)
        isUp = flags & 1 == 1
        hasCarrier = flags & 0x10000 != 0
        name = Self.text(attributes[LinkAttribute.name])
        address = attributes[LinkAttribute.address] ?? []
        mtu = number(LinkAttribute.mtu, as: UInt32.self)
        peer = number(LinkAttribute.peerIndex, as: Int32.self)
        isPeerElsewhere = attributes[LinkAttribute.peerNamespace] != nil
        master = number(LinkAttribute.master, as: Int32.self)
        kind = Self.text(AttributeList.read(attributes[LinkAttribute.info, default: []][...])[1])
    }

    private static func text(_ bytes: [UInt8]?) -> String { String(decoding: (bytes ?? []).prefix { $0 != 0 }, as: UTF8.self) }
}
