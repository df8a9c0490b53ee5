/// A set of VLAN IDs, 0 to 4095; one bit each.
public struct VLANSet: Equatable, Sendable {
    private var words: [UInt64]

    /// Of none.
    public init() { words = [] }

    /// Of these; what is above 4095 is left out.
    public init(_ vlans: some Sequence<UInt16>) {
        words = []
        for vlan in vlans { insert(vlan) }
    }

    /// Whether none is in it.
    public var isEmpty: Bool { words.isEmpty }

    /// Puts one in.
    public mutating func insert(_ vlan: UInt16) {
        guard vlan < 4096 else { return }
        if words.isEmpty { words = Array(repeating: 0, count: 64) }
        words[Int(vlan >> 6)] |= 1 << UInt64(vlan & 63)
    }

    /// Whether it is in.
    public func contains(_ vlan: UInt16) -> Bool { !words.isEmpty && vlan < 4096 && words[Int(vlan >> 6)] >> UInt64(vlan & 63) & 1 != 0 }
}
