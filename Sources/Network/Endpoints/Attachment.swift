/// That a container shall be on a network, and how, as the user asked for it.
public struct Attachment: Codable, Sendable, Equatable {
    /// The network's name.
    public var network: String
    /// `--ip`; nil takes a free one.
    public var ipv4: String?
    /// `--ip6`; nil takes a free one.
    public var ipv6: String?
    /// `--mac-address`; nil makes one of the address.
    public var mac: String?
    /// `--network-alias`: names on the network beside the container's own.
    public var aliases: [String]

    /// An attachment with the usual settings.
    public init(network: String, ipv4: String? = nil, ipv6: String? = nil, mac: String? = nil, aliases: [String] = []) {
        self.network = network
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.mac = mac
        self.aliases = aliases
    }
}

/// What a running container has on one network.
public struct Endpoint: Codable, Sendable, Equatable {
    /// The network's name.
    public var network: String
    /// The network's id.
    public var networkID: String
    /// The name of the device in the container.
    public var interface: String
    /// The name of its other end on the host.
    public var link: String
    /// The device's hardware address.
    public var mac: String
    /// Its addresses.
    public var addresses: [Assigned]
    /// Names on the network beside the container's own.
    public var aliases: [String]
    /// Whether packets to the rest of the world leave here.
    public var isGateway: Bool

    /// One address.
    public struct Assigned: Codable, Sendable, Equatable {
        /// The address.
        public var address: String
        /// Bits of the network's part.
        public var prefix: Int
        /// The host's address on the network.
        public var gateway: String
    }

    /// The addresses as values.
    public var values: [IPAddress] { addresses.compactMap { IPAddress($0.address) } }
}

/// What a running container has on all networks: `network.json` in its run directory.
public struct Connectivity: Codable, Sendable, Equatable {
    /// The version of this shape.
    public var schemaVersion = 1
    /// The container's id.
    public var id: String
    /// The container's name.
    public var name: String
    /// The name that it has inside.
    public var hostname: String
    /// Its place on each network.
    public var endpoints: [Endpoint]
    /// Its published ports.
    public var ports: [PublishedPort]
    /// The name servers that answer for it what no container has; empty for the host's.
    public var dns: [String]

    /// A container without networks.
    public init(id: String, name: String, hostname: String, dns: [String] = []) {
        self.id = id
        self.name = name
        self.hostname = hostname
        endpoints = []
        ports = []
        self.dns = dns
    }

    /// The addresses to which published ports lead: those on the network by which packets leave, else the first ones.
    var publishedAt: [IPAddress] { (endpoints.first(where: \.isGateway) ?? endpoints.first)?.values ?? [] }
}
