import LinuxSystem

/// What is kept of a network: `networks/<name>` below the root.
public struct NetworkRecord: Codable, Sendable, Equatable {
    /// A range of addresses.
    public struct Range: Codable, Sendable, Equatable {
        /// The network's subnet.
        public var subnet: String
        /// The host's own address in it.
        public var gateway: String
        /// The part of the subnet that addresses are given out of; nil for all of it.
        public var range: String?

        /// Describes a range.
        public init(subnet: String, gateway: String, range: String? = nil) {
            self.subnet = subnet
            self.gateway = gateway
            self.range = range
        }
    }

    /// The version of this shape.
    public var schemaVersion = 1
    /// 64 hex digits.
    public var id: String
    /// Unique in the instance.
    public var name: String
    /// When it was made, RFC 3339.
    public var created: String
    /// Whether no packet leaves it.
    public var isInternal: Bool
    /// The VLAN of its ports; nil for none.
    public var vlan: UInt16?
    /// One range of IPv4, and one of IPv6 where the network has it.
    public var ranges: [Range]
    /// `--opt`: `mtu`, `uplink`.
    public var options: [String: String]
    /// Labels of the user's.
    public var labels: [String: String]
    /// The name of the bridge, and of the host's own device on it: 13 bytes at most, as the switch makes longer ones of it.
    public var bridge: String

    /// The ranges as values; those that cannot be read are left out.
    public var subnets: [AddressRange] { ranges.compactMap(AddressRange.init) }

    /// Whether it has IPv6.
    public var hasIPv6: Bool { subnets.contains { !$0.subnet.first.isV4 } }

    /// The id as it is shown in lists.
    public var shortID: String { String(id.prefix(12)) }

    /// Bytes of the largest packet.
    public var mtu: UInt32 { options["mtu"].flatMap { UInt32($0) } ?? 1500 }
}

/// A range of addresses as values.
public struct AddressRange: Sendable, Equatable {
    /// The network's subnet.
    public let subnet: Subnet
    /// The host's own address in it.
    public let gateway: IPAddress
    /// The part that addresses are given out of.
    public let range: Subnet

    /// From a record; nil where it is damaged.
    init?(_ record: NetworkRecord.Range) {
        guard let subnet = Subnet(record.subnet), let gateway = IPAddress(record.gateway) else { return nil }
        self.subnet = subnet
        self.gateway = gateway
        range = record.range.flatMap { Subnet($0) } ?? subnet
    }
}
