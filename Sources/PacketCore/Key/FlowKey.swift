/// All of a packet that the switch may decide by, or a mask over it: the words of `struct apus_flow_key` (apus_flow.h), in its layout.
///
/// A value, without storage of its own: it is hashed, masked and compared word by word, and copied into a BPF map as it is.
public struct FlowKey: Sendable, Hashable, BitwiseCopyable {
    /// Words of eight bytes (`APUS_FLOW_KEY_WORDS`).
    public static let wordCount = 16

    /// The words as they lie in memory; fields of a packet are in network byte order.
    public var words: InlineArray<16, UInt64>

    /// A key, or a mask, of zeros.
    @inlinable public init() { words = InlineArray(repeating: 0) }

    /// Word by word.
    @inlinable public static func == (left: Self, right: Self) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<wordCount { difference |= left.words[index] ^ right.words[index] }
        return difference == 0
    }

    /// Every word counts.
    public func hash(into hasher: inout Hasher) {
        for index in 0..<Self.wordCount { hasher.combine(words[index]) }
    }
}
