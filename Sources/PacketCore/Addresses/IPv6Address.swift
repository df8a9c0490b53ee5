/// An address of the Internet Protocol, version 6, or a mask over such.
public struct IPv6Address: RawRepresentable, Hashable, Sendable, Comparable {
    /// The address as a number: the first byte is the highest.
    public let rawValue: UInt128

    /// Takes the number.
    @inlinable public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// Takes the forms of RFC 4291, section 2.2: groups, one "::", and an IPv4 address in the place of the last two groups; no zone.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 45 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if bytes.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
            gap = 0
            index = 2
        }
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            let part = bytes[index..<end]
            if part.contains(UInt8(ascii: ".")) {
                guard end == bytes.count, let address = IPv4Address(utf8: part) else { return nil }
                groups += [UInt16(address.rawValue >> 16), UInt16(truncatingIfNeeded: address.rawValue)]
                index = end
                break
            }
            guard let group = UInt16(hexadecimal: part) else { return nil }
            groups.append(group)
            guard end < bytes.count else {
                index = end
                break
            }
            index = end + 1
            if index < bytes.count, bytes[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            } else if index == bytes.count {
                return nil  // one colon at the end
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        rawValue = groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// The mask of the first `length` bits, 0 to 128.
    public static func mask(length: Int) -> IPv6Address {
        IPv6Address(rawValue: length <= 0 ? 0 : ~0 << UInt128(128 - min(length, 128)))
    }

    /// How many leading bits are 1 if all others are 0, as in the mask of a subnet; else nil.
    public var maskLength: Int? {
        let length = (~rawValue).leadingZeroBitCount
        return IPv6Address.mask(length: length) == self ? length : nil
    }

    /// ff00::/8.
    @inlinable public var isMulticast: Bool { rawValue >> 120 == 0xff }

    /// fe80::/10.
    @inlinable public var isLinkLocal: Bool { rawValue >> 118 == 0x3fa }

    /// The address that a host makes itself of its hardware address: fe80::/64 with EUI-64 (RFC 4291, appendix A).
    public static func linkLocal(of address: MACAddress) -> IPv6Address {
        let high = UInt128(address.rawValue >> 24 ^ 0x02_0000)
        let low = UInt128(address.rawValue & 0xff_ffff)
        return IPv6Address(rawValue: 0xfe80 << 112 | high << 40 | 0xfffe << 24 | low)
    }

    /// By number.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension IPv6Address: CustomStringConvertible {
    /// The form of RFC 5952: lower case, the first of the longest runs of zero groups as "::".
    public var description: String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> UInt128(112 - 16 * $0)) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > longest.count, end - start > 1 { longest = start..<end }
            start = max(end, start + 1)
        }
        func join(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !longest.isEmpty else { return join(groups[...]) }
        return join(groups[..<longest.lowerBound]) + "::" + join(groups[longest.upperBound...])
    }
}
