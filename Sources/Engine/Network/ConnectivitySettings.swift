public import Network

/// How a container shall be reached, and what it shall reach, as the user asked for it.
public struct ConnectivitySettings: Codable, Sendable, Equatable {
    /// The networks, the first one first.
    public var attachments: [Attachment] = []
    /// `-p`.
    public var ports: [PortRequest] = []
    /// `-P`: every exposed port gets some port of the host.
    public var publishesAll = false
    /// `--expose` and what the image exposes.
    public var exposed: [PortRequest] = []
    /// `--dns`.
    public var dns: [String] = []
    /// `--dns-search`.
    public var dnsSearch: [String] = []
    /// `--dns-option`.
    public var dnsOptions: [String] = []
    /// `--add-host`, `NAME:ADDRESS`.
    public var extraHosts: [String] = []

    /// Nothing asked for.
    public init() {}

    /// The ports that a start publishes.
    var published: [PortRequest] {
        guard publishesAll else { return ports }
        return ports + exposed.filter { port in !ports.contains { $0.containerPort == port.containerPort && $0.transport == port.transport } }
    }
}

/// Whose network namespace a container has.
enum NetworkMode: Equatable {
    /// Its own, with or without networks.
    case own
    /// The host's.
    case host
    /// That of the container with this id.
    case container(String)
}

extension ContainerSettings {
    /// Whose network namespace the container has.
    var networkMode: NetworkMode {
        if network == "host" { return .host }
        return network.hasPrefix("container:") ? .container(String(network.dropFirst(10))) : .own
    }

    /// Whether the monitor makes a network namespace, and whether devices are made in it.
    var isOnNetworks: Bool { connectivity?.attachments.isEmpty == false }
}
