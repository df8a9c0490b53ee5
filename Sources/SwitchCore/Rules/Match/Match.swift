/// Which packets a rule is for: those whose key under the mask equals the match's key.
public struct Match: Hashable, Sendable {
    /// Zero where the mask is zero.
    public internal(set) var key = PipelineKey()
    /// A 1 bit counts.
    public internal(set) var mask = PipelineKey()
    /// Every packet.
    public init() {}

    /// Makes the bits of `mask` of a field count.
    public mutating func set(_ field: Field, to value: UInt128, mask: UInt128 = ~0) {
        let mask = mask & field.allBits
        key[field] = key[field] & ~mask | value & mask
        self.mask[field] |= mask
    }

    /// Whether a packet is one of the rule's.
    public func matches(_ packet: PipelineKey) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<PipelineKey.wordCount { difference |= (packet[word: index] ^ key[word: index]) & mask[word: index] }
        return difference == 0
    }

    /// Whether all packets of this match are packets of the other too; so a loose command for `other` takes a rule with this match.
    public func isWithin(_ other: Match) -> Bool {
        for index in 0..<PipelineKey.wordCount {
            if other.mask[word: index] & ~mask[word: index] != 0 { return false }
            if (key[word: index] ^ other.key[word: index]) & other.mask[word: index] != 0 { return false }
        }
        return true
    }

    /// Whether some packet could be of both.
    public func overlaps(_ other: Match) -> Bool {
        for index in 0..<PipelineKey.wordCount where (key[word: index] ^ other.key[word: index]) & mask[word: index] & other.mask[word: index] != 0 {
            return false
        }
        return true
    }
}
