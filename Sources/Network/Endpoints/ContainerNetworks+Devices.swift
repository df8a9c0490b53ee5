import Glibc
import JSONCoding
import LinuxSystem
import Netlink
import PacketCore
import SwitchControl

extension ContainerNetworks {
    /// Makes the pair of devices, and sets up the one in the container.
    func makeDevice(
        _ endpoint: Endpoint, _ network: NetworkRecord, namespace: Int32, near: inout NetlinkSocket, far: inout NetlinkSocket
    ) throws(ApusError) {
        let veth = Veth(
            near: .init(name: endpoint.link), far: .init(name: endpoint.interface, address: MACAddress(endpoint.mac)?.bytes ?? []),
            mtu: network.mtu == 1500 ? nil : network.mtu)
        try near.make(veth, farNamespace: namespace)
        guard let device = try far.link(named: endpoint.interface) else {
            throw ApusError(.notFound, "cannot find network device \(endpoint.interface) in the container")
        }
        var setup = LinkSetup(index: device.index)
        for address in endpoint.addresses {
            guard let own = IPAddress(address.address), let gateway = IPAddress(address.gateway) else { continue }
            setup.addresses.append(LinkAddress(own.bytes, prefix: UInt8(address.prefix)))
            if endpoint.isGateway { setup.routes.append(.standard(gateway: gateway.bytes, index: device.index)) }
        }
        try far.apply(setup, name: endpoint.interface)
    }

    /// Adds the host's end to the switch; it forwards when this returns.
    func add(_ endpoint: Endpoint, _ network: NetworkRecord, _ container: Connectivity, to switchd: borrowing SwitchClient) throws(ApusError) {
        var port = PortSettings(bridge: network.bridge, interface: endpoint.link, kind: .veth)
        port.tag = network.vlan ?? 0
        port.mac = MACAddress(endpoint.mac)?.bytes ?? []
        port.addresses = endpoint.values.map(\.bytes)
        port.guardsSource = true
        port.trustsServers = false
        port.isIsolated = network.options["isolate"] == "true"
        port.owner = PortOwner(id: container.id, name: container.name, aliases: endpoint.aliases)
        port.isEphemeral = true
        do throws(ApusError) {
            try switchd.change([.addPort(port)])
        } catch  where error.code == .notFound {
            // The switch has lost the bridge behind our back: it was restarted without its configuration, or somebody removed it.
            try host.bringUp(network, again: true)
            try host.openSwitch().change([.addPort(port)])
        }
    }

    /// Sends the published ports' packets to the container.
    func publish(_ container: Connectivity) throws(ApusError) {
        let changes = PublishedPort.changes(container.ports, to: container.publishedAt, comment: container.id, adds: true)
        if changes.isEmpty { return }
        var socket = try NetlinkSocket(.netfilter)
        do throws(ApusError) {
            try socket.change(changes, table: paths.table, to: "publish the ports of container \(container.name)")
        } catch  where error.code == .conflict {
            throw ApusError(.conflict, "cannot publish the ports of container \(container.name): one is already allocated")
        } catch  where error.code == .notFound {
            // Somebody flushed the rules of the host: they are written anew.
            for network in try store.existing() where host.isUp(network) { try host.table.add(network) }
            try socket.change(changes, table: paths.table, to: "publish the ports of container \(container.name)")
        }
    }

    /// Takes back what a container publishes; what is gone already is no error.
    func unpublish(_ container: Connectivity) {
        let changes = PublishedPort.changes(container.ports, to: container.publishedAt, comment: container.id, adds: false)
        guard !changes.isEmpty, var socket = try? NetlinkSocket(.netfilter) else { return }
        for change in changes { try? socket.change([change], table: paths.table, to: "take back ports") }
    }

    /// Names the container among those of a network, for its name server.
    func list(_ container: Connectivity, on network: NetworkRecord) throws(ApusError) {
        let link = "\(paths.endpoints(network))/\(container.id)"
        if unsafe symlink(container.id, link) != 0 && errno != EEXIST {
            let number = errno
            throw ApusError(errno: number, "cannot put container \(container.name) on network \(network.name)")
        }
    }

    /// Writes what a container has, and what is to be given back at its end, into its run directory.
    func write(_ container: Connectivity) throws(ApusError) {
        let lines = container.endpoints.flatMap { links($0, container.id) }.map { "\($0)\n" }.joined()
        try replaceFile(paths.links(of: container.id), with: Array(lines.utf8))
        let changes = PublishedPort.changes(container.ports, to: container.publishedAt, comment: container.id, adds: false)
        let batch = changes.isEmpty ? [] : SetChange.batch(changes, table: paths.table, acknowledged: false)
        if !batch.isEmpty || fileExists(paths.unpublish(of: container.id)) { try replaceFile(paths.unpublish(of: container.id), with: batch) }
        try replaceFile(paths.connectivity(of: container.id), with: try writeJSON(container) + [10])
    }
}
