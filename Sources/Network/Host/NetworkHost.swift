import Glibc
public import LinuxSystem
import Netlink
import PacketCore
public import SwitchControl

/// A network's place on the host: its bridge in the switch, the host's own device on it, and what the firewall must know of it.
///
/// It is made when the first container joins after a boot, and stays until the network is removed or pruned.
public struct NetworkHost: Sendable {
    let paths: NetworkPaths
    /// The table of nftables.
    let table: NetfilterTable

    /// The host's side of an instance's networks.
    public init(_ paths: NetworkPaths) {
        self.paths = paths
        table = NetfilterTable(name: paths.table)
    }

    /// Connects to the switch, which is started where it does not run.
    public func openSwitch() throws(ApusError) -> SwitchClient { try SwitchClient.open(SwitchPaths(paths.instance)) }

    /// Whether the network is up; asked on the way of each start.
    public func isUp(_ network: NetworkRecord) -> Bool { fileExists(paths.isUp(network)) }

    /// Brings a network up where it is not.
    ///
    /// - Parameter again: also where it seems to be, as what is there may be gone behind our back.
    public func bringUp(_ network: NetworkRecord, again: Bool = false) throws(ApusError) {
        if !again && isUp(network) { return }
        try makeDirectories(paths.run, mode: 0o711)
        let lock = try DirectoryLock.take(paths.run)
        if !again && isUp(network) { return }
        try makeDirectories(paths.endpoints(network), mode: 0o711)
        try makeDirectories(paths.pool(network).directory, mode: 0o711)
        do {
            try openSwitch().change(changes(network))
            try HostSettings(network: network).apply()
            try table.add(network)
            try replaceFile(paths.isUp(network), with: Array("\(network.bridge)\n".utf8))
        } catch {
            throw ApusError(error.code, "cannot bring network \(network.name) up: \(error.message)", errno: error.errno, hint: error.hint)
        }
        _ = consume lock
    }

    /// Takes a network down; nothing may be on it any more.
    public func takeDown(_ network: NetworkRecord) throws(ApusError) {
        guard fileExists(paths.running(network)) else { return }
        let lock = try DirectoryLock.take(paths.run)
        _ = unsafe unlink(paths.isUp(network))
        if let client = try SwitchClient.connect(SwitchPaths(paths.instance)) { try client.change(.removeBridge(network.bridge, mayLack: true)) }
        if try NetlinkSocket(.netfilter).exists(table.name) { try table.remove(network) }
        try removeTree(paths.running(network))
        // The last one takes the table along.
        if try listDirectory(paths.run).isEmpty { try table.remove() }
        _ = consume lock
    }

    /// The transaction that makes bridge and ports; what is there already gets the settings.
    private func changes(_ network: NetworkRecord) -> [Change] {
        var local = PortSettings(bridge: network.bridge, interface: network.bridge, kind: .local)
        local.hostAddresses = network.subnets.map { "\($0.gateway)/\($0.subnet.prefix)" }
        local.tag = network.vlan ?? 0
        local.isEphemeral = true
        if let gateway = network.subnets.first?.gateway { local.mac = MACAddress(for: gateway).bytes }
        var changes: [Change] = [
            .addBridge(BridgeSettings(name: network.bridge, network: network.name, isEphemeral: true), mayExist: true), .addPort(local, mayExist: true),
        ]
        if let uplink = network.options["uplink"] {
            var port = PortSettings(bridge: network.bridge, interface: uplink, kind: .uplink)
            port.vlanMode = network.vlan == nil ? .access : .trunk
            port.trunks = network.vlan.map { [$0] } ?? []
            port.isEphemeral = true
            changes.append(.addPort(port, mayExist: true))
        }
        return changes
    }
}

extension NetlinkSocket {
    /// Whether a table of nftables is there.
    fileprivate consuming func exists(_ table: String) throws(ApusError) -> Bool {
        var socket = self
        return try socket.hasTable(table)
    }
}
