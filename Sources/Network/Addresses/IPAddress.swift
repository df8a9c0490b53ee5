public import PacketCore

/// An address of the Internet Protocol, of either version.
public enum IPAddress: Hashable, Sendable {
    /// Of version 4.
    case v4(IPv4Address)
    /// Of version 6.
    case v6(IPv6Address)

    /// Takes either form; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// Takes 4 or 16 bytes; nil for another number.
    public init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4: self = .v4(IPv4Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt32($1) }))
        case 16: self = .v6(IPv6Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) }))
        default: return nil
        }
    }

    /// Whether it is of version 4.
    public var isV4: Bool { if case .v4 = self { true } else { false } }

    /// How many bits it has.
    public var width: Int { isV4 ? 32 : 128 }

    /// The address as a number.
    public var number: UInt128 {
        switch self {
        case .v4(let address): UInt128(address.rawValue)
        case .v6(let address): address.rawValue
        }
    }

    /// The address of the same version with this number.
    func with(number: UInt128) -> IPAddress {
        isV4 ? .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: number))) : .v6(IPv6Address(rawValue: number))
    }

    /// Its 4 or 16 bytes.
    public var bytes: [UInt8] {
        let number = number
        return stride(from: width - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt128($0)) }
    }

    /// Whether it means this machine alone.
    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.rawValue >> 24 == 127
        case .v6(let address): address.rawValue == 1
        }
    }

    /// Whether it stands for every address (0.0.0.0 or ::).
    public var isUnspecified: Bool { number == 0 }
}

extension IPAddress: CustomStringConvertible {
    /// The usual form of its version.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
