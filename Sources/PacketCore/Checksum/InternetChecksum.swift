/// The checksum of IP, TCP, UDP and ICMP (RFC 1071): the ones' complement of the sum of all 16-bit words.
///
/// The sum is kept in 64 bits and folded at the end, so up to 2^32 words may be added.
public struct InternetChecksum: Sendable {
    @usableFromInline var sum: UInt64

    /// Starts with a sum of zero, or with one that was made before.
    @inlinable public init(sum: UInt64 = 0) { self.sum = sum }

    /// Adds a word.
    @inlinable public mutating func add(_ word: UInt16) { sum += UInt64(word) }

    /// Adds two words.
    @inlinable public mutating func add(_ words: UInt32) { sum += UInt64(words >> 16) + UInt64(words & 0xffff) }

    /// Adds eight words.
    @inlinable public mutating func add(_ words: UInt128) {
        for shift in stride(from: UInt128(0), to: 128, by: 32) { add(UInt32(truncatingIfNeeded: words >> shift)) }
    }

    /// Adds bytes that begin on an even place; a last odd byte is filled up with zero.
    public mutating func add(_ bytes: RawSpan) {
        var offset = 0
        while offset + 2 <= bytes.byteCount {
            sum += UInt64(bytes.load16(offset))
            offset += 2
        }
        if offset < bytes.byteCount { sum += UInt64(bytes.load8(offset)) << 8 }
    }

    /// The sum folded into 16 bits, not complemented: what a packet carries whose checksum somebody else completes.
    @inlinable public var folded: UInt16 {
        var value = sum
        while value >> 16 != 0 { value = value & 0xffff + value >> 16 }
        return UInt16(truncatingIfNeeded: value)
    }

    /// What stands in the header.
    @inlinable public var value: UInt16 { ~folded }

    /// The checksum after a word that it covers went from `old` to `new` (RFC 1624, equation 3).
    @inlinable public static func updated(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
        InternetChecksum(sum: UInt64(~checksum) + UInt64(~old) + UInt64(new)).value
    }

    /// The same for two words.
    @inlinable public static func updated(_ checksum: UInt16, from old: UInt32, to new: UInt32) -> UInt16 {
        var sum = InternetChecksum(sum: UInt64(~checksum))
        sum.add(~old)
        sum.add(new)
        return sum.value
    }

    /// The same for eight words.
    @inlinable public static func updated(_ checksum: UInt16, from old: UInt128, to new: UInt128) -> UInt16 {
        var sum = InternetChecksum(sum: UInt64(~checksum))
        sum.add(~old)
        sum.add(new)
        return sum.value
    }
}
