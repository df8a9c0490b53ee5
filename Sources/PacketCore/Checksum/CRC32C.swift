/// The checksum of SCTP: the CRC with Castagnoli's polynomial, bits reflected (RFC 9260, appendix A).
public struct CRC32C: Sendable {
    private static let table: InlineArray<256, UInt32> = InlineArray { index in
        var value = UInt32(truncatingIfNeeded: index)
        for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 0 ? 0 : 0x82f6_3b78) }
        return value
    }

    private var state: UInt32 = ~0

    /// Of no bytes.
    public init() {}

    /// Takes one more byte.
    @inline(__always) public mutating func add(_ byte: UInt8) {
        state = state >> 8 ^ CRC32C.table[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
    }

    /// Its lowest byte stands first in the packet.
    public var value: UInt32 { ~state }
}
