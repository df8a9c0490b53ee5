import PacketCore

/// A range of addresses that share their first bits, such as 10.88.0.0/16.
public struct Subnet: Hashable, Sendable {
    /// Its first address.
    public let first: IPAddress
    /// How many bits are shared.
    public let prefix: Int

    /// The range of an address and a number of bits; nil where there are not so many.
    public init?(_ address: IPAddress, prefix: Int) {
        guard (0...address.width).contains(prefix) else { return nil }
        first = address.with(number: address.number & Self.mask(prefix, address.width))
        self.prefix = prefix
    }

    /// Takes a text such as 10.88.0.0/16 or fd00::/64; bits behind the prefix are left out.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let prefix = Int(parts[1]) else {
            return nil
        }
        self.init(address, prefix: prefix)
    }

    /// Its last address.
    public var last: IPAddress { first.with(number: first.number | ~Self.mask(prefix, first.width) & Self.mask(first.width, first.width)) }

    /// Bits that are not shared.
    public var hostBits: Int { first.width - prefix }

    /// Whether an address lies in it.
    public func contains(_ address: IPAddress) -> Bool {
        address.isV4 == first.isV4 && address.number & Self.mask(prefix, first.width) == first.number
    }

    /// Whether all of another one lies in it.
    public func contains(_ other: Subnet) -> Bool { other.prefix >= prefix && contains(other.first) }

    /// Whether they have an address in common.
    public func overlaps(_ other: Subnet) -> Bool { contains(other) || other.contains(self) }

    /// The address at a distance from the first; nil behind the last.
    public func address(at offset: UInt128) -> IPAddress? {
        guard hostBits == 128 || offset < 1 << UInt128(hostBits) else { return nil }
        return first.with(number: first.number | offset)
    }

    /// How far an address of it is from the first.
    public func offset(of address: IPAddress) -> UInt128 { address.number - first.number }

    /// Whether a machine can have an address: in IPv4 neither the first nor the last, in IPv6 not the first, where there are more than two.
    public func isUsable(_ address: IPAddress) -> Bool {
        guard contains(address) else { return false }
        if hostBits < 2 { return true }
        return address != first && !(address.isV4 && address == last)
    }

    private static func mask(_ prefix: Int, _ width: Int) -> UInt128 {
        if prefix == 0 { return 0 }
        let all: UInt128 = width == 128 ? .max : (1 << UInt128(width)) - 1
        return all & ~((width == prefix ? 0 : (UInt128(1) << UInt128(width - prefix)) - 1))
    }
}

extension Subnet: CustomStringConvertible {
    /// Address and prefix with a slash between.
    public var description: String { "\(first)/\(prefix)" }
}
