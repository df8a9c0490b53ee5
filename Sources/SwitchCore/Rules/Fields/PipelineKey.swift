public import PacketCore

/// What rules match: the packet's key, and what only the tables know (metadata, registers).
///
/// A mask over it has the same shape.
public struct PipelineKey: Sendable, Hashable {
    /// Words of eight bytes: the key's, one of metadata, four of registers.
    public static let wordCount = FlowKey.wordCount + 5

    /// What a datapath knows too.
    public var packet: FlowKey
    /// Metadata, then two registers a word; in host order.
    var extra: InlineArray<5, UInt64>

    /// Of a packet that enters the first table: metadata and registers are 0.
    public init(_ packet: FlowKey = FlowKey()) {
        self.packet = packet
        extra = InlineArray(repeating: 0)
    }

    /// The words in order.
    @inline(__always) subscript(word index: Int) -> UInt64 {
        get { index < FlowKey.wordCount ? packet.words[index] : extra[index - FlowKey.wordCount] }
        set { if index < FlowKey.wordCount { packet.words[index] = newValue } else { extra[index - FlowKey.wordCount] = newValue } }
    }

    subscript(byte index: Int) -> UInt8 {
        get { UInt8(truncatingIfNeeded: self[word: index >> 3] >> UInt64((index & 7) * 8)) }
        set {
            let shift = UInt64((index & 7) * 8)
            self[word: index >> 3] = self[word: index >> 3] & ~(0xff << shift) | UInt64(newValue) << shift
        }
    }

    /// Set by rules with `write_metadata`.
    public var metadata: UInt64 {
        get { extra[0] }
        set { extra[0] = newValue }
    }

    /// Word by word.
    public static func == (left: Self, right: Self) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<5 { difference |= left.extra[index] ^ right.extra[index] }
        return difference == 0 && left.packet == right.packet
    }

    /// Every word counts.
    public func hash(into hasher: inout Hasher) {
        packet.hash(into: &hasher)
        for index in 0..<5 { hasher.combine(extra[index]) }
    }

    /// All bits of both.
    mutating func formUnion(_ other: Self) { for index in 0..<Self.wordCount { self[word: index] |= other[word: index] } }

    /// Whether no bit is set.
    var isZero: Bool {
        var all: UInt64 = 0
        for index in 0..<Self.wordCount { all |= self[word: index] }
        return all == 0
    }
}
