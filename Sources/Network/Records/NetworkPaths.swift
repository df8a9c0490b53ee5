public import LinuxSystem

/// Where the networks of an instance keep their things.
public struct NetworkPaths: Sendable, Equatable {
    /// The instance.
    public let instance: Instance

    /// The networks of an instance.
    public init(_ instance: Instance) { self.instance = instance }

    /// The records, one a file.
    public var records: String { "\(instance.root)/networks" }
    /// What does not survive a reboot, a directory for each network by its id.
    public var run: String { "\(instance.runDirectory)/networks" }
    /// The run directory of a network.
    public func running(_ network: NetworkRecord) -> String { "\(run)/\(network.id)" }
    /// Of each container on the network a link that leads to its id.
    public func endpoints(_ network: NetworkRecord) -> String { "\(running(network))/endpoints" }
    /// The addresses that are given out.
    public func pool(_ network: NetworkRecord) -> AddressPool { AddressPool(directory: "\(running(network))/addresses") }
    /// It is there while the network's bridge and the host's address are.
    public func isUp(_ network: NetworkRecord) -> String { "\(running(network))/up" }
    /// The connectivity of a running container, in its run directory.
    public func connectivity(of container: String) -> String { "\(instance.runDirectory)/\(container)/network.json" }
    /// Links that the monitor of a container removes at its end, one a line, in its run directory.
    public func links(of container: String) -> String { "\(instance.runDirectory)/\(container)/links" }
    /// What the monitor of a container tells nftables at its end, in its run directory.
    public func unpublish(of container: String) -> String { "\(instance.runDirectory)/\(container)/unpublish" }
    /// The table of nftables.
    public var table: String { "apus-\(instance.name)" }
}
