/// A hardware address of Ethernet.
public struct MACAddress: RawRepresentable, Hashable, Sendable, Comparable {
    /// The address as a number of 48 bits, the first byte highest.
    public let rawValue: UInt64

    /// Takes the low 48 bits.
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue & 0xffff_ffff_ffff }

    /// Takes six numbers between colons ("52:54:00:12:34:56"); nil for anything else.
    public init?(_ text: some StringProtocol) {
        var value: UInt64 = 0
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        for part in parts {
            guard let byte = UInt8(hexadecimal: part) else { return nil }
            value = value << 8 | UInt64(byte)
        }
        rawValue = value
    }

    /// All ones.
    public static let broadcast = MACAddress(rawValue: 0xffff_ffff_ffff)

    /// A multicast or the broadcast address: the lowest bit of the first byte.
    @inlinable public var isMulticast: Bool { rawValue & 0x0100_0000_0000 != 0 }

    /// All zeros.
    @inlinable public var isZero: Bool { rawValue == 0 }

    /// One of 01:80:c2:00:00:00 to 0f, which bridges do not forward (IEEE 802.1D, table 7-10).
    @inlinable public var isReservedMulticast: Bool { rawValue & ~0xf == 0x0180_c200_0000 }

    /// By number.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension MACAddress: CustomStringConvertible {
    /// Six numbers of two digits between colons, in lower case.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(17)
        for shift in stride(from: UInt64(40), through: 0, by: -8) {
            if !text.isEmpty { text.append(UInt8(ascii: ":")) }
            let byte = UInt8(truncatingIfNeeded: rawValue >> shift)
            text.append(hexadecimalDigit(byte >> 4))
            text.append(hexadecimalDigit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

func hexadecimalDigit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }

extension FixedWidthInteger {
    /// One or more digits that fit, without a sign and with at most two digits a byte.
    init?(hexadecimal digits: some Collection<UInt8>) {
        guard !digits.isEmpty, digits.count <= Self.bitWidth / 4 else { return nil }
        var value: Self = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | Self(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | Self(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | Self(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        self = value
    }

    /// Digits alone: no sign, no blank, and no number that does not fit.
    init?(decimal digits: some Collection<UInt8>) {
        guard !digits.isEmpty else { return nil }
        var value: Self = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Self(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        self = value
    }
}
