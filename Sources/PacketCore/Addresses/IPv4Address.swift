/// An address of the Internet Protocol, version 4, or a mask over such.
public struct IPv4Address: RawRepresentable, Hashable, Sendable, Comparable {
    /// The address as a number: the first byte is the highest.
    public let rawValue: UInt32

    /// Takes the number.
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Takes four decimal numbers between dots, without leading zeros; nil for anything else.
    public init?(_ text: some StringProtocol) { self.init(utf8: text.utf8) }

    init?(utf8 text: some Collection<UInt8>) {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            // A leading zero means octal to some and decimal to others.
            guard let byte = UInt8(decimal: part), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            value = value << 8 | UInt32(byte)
        }
        rawValue = value
    }

    /// The mask of the first `length` bits, 0 to 32.
    public static func mask(length: Int) -> IPv4Address {
        IPv4Address(rawValue: length <= 0 ? 0 : ~0 << UInt32(32 - min(length, 32)))
    }

    /// How many leading bits are 1 if all others are 0, as in the mask of a subnet; else nil.
    public var maskLength: Int? {
        let length = (~rawValue).leadingZeroBitCount
        return IPv4Address.mask(length: length) == self ? length : nil
    }

    /// 224.0.0.0/4.
    @inlinable public var isMulticast: Bool { rawValue >> 28 == 0xe }

    /// By number.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension IPv4Address: CustomStringConvertible {
    /// Four decimal numbers between dots.
    public var description: String { "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)" }
}
