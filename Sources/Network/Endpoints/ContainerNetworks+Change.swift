import Glibc
public import LinuxSystem
import Netlink
import PacketCore
import SwitchControl

extension ContainerNetworks {
    /// Puts a running container on one more network.
    ///
    /// - Parameter namespace: a descriptor of its network namespace.
    public func connect(_ id: String, _ attachment: Attachment, namespace: borrowing OwnedFD) throws(ApusError) {
        let lock = try DirectoryLock.take("\(paths.instance.runDirectory)/\(id)")
        guard var container = try connectivity(of: id) else { throw notConnected(id) }
        let network = try store.find(attachment.network)
        if container.endpoints.contains(where: { $0.networkID == network.id }) {
            throw ApusError(.conflict, "container \(container.name) is already connected to network \(network.name)")
        }
        let before = container
        try host.bringUp(network)
        let endpoint = try endpoint(attachment, network, container)
        container.endpoints.append(endpoint)
        do throws(ApusError) {
            // First what gives it back, should we die now.
            try write(container)
            var near = try NetlinkSocket()
            var far = try NetlinkSocket(namespace: namespace.raw)
            try makeDevice(endpoint, network, namespace: namespace.raw, near: &near, far: &far)
            try add(endpoint, network, container, to: try host.openSwitch())
            if before.publishedAt != container.publishedAt {
                unpublish(before)
                try publish(container)
            }
            try list(container, on: network)
        } catch {
            removeDevice(endpoint)
            giveBack(endpoint, of: id)
            try? write(before)
            throw error
        }
        _ = consume lock
    }

    /// Takes a running container off a network.
    ///
    /// - Parameter namespace: a descriptor of its network namespace.
    public func disconnect(_ id: String, from network: NetworkRecord, namespace: borrowing OwnedFD) throws(ApusError) {
        let lock = try DirectoryLock.take("\(paths.instance.runDirectory)/\(id)")
        guard var container = try connectivity(of: id) else { throw notConnected(id) }
        guard let index = container.endpoints.firstIndex(where: { $0.networkID == network.id }) else {
            throw ApusError(.conflict, "container \(container.name) is not connected to network \(network.name)")
        }
        let before = container
        let endpoint = container.endpoints.remove(at: index)
        if endpoint.isGateway { try moveGateway(&container, namespace: namespace.raw) }
        if before.publishedAt != container.publishedAt {
            unpublish(before)
            try publish(container)
        }
        removeDevice(endpoint)
        giveBack(endpoint, of: id)
        try write(container)
        _ = consume lock
    }

    /// Lets packets to the rest of the world leave by another network, where there is one.
    private func moveGateway(_ container: inout Connectivity, namespace: Int32) throws(ApusError) {
        for index in container.endpoints.indices {
            let endpoint = container.endpoints[index]
            guard try store.find(endpoint.networkID).isInternal == false else { continue }
            container.endpoints[index].isGateway = true
            var far = try NetlinkSocket(namespace: namespace)
            guard let device = try far.link(named: endpoint.interface) else { return }
            var setup = LinkSetup(index: device.index)
            for address in endpoint.addresses {
                if let gateway = IPAddress(address.gateway) { setup.routes.append(.standard(gateway: gateway.bytes, index: device.index)) }
            }
            return try far.apply(setup, name: endpoint.interface)
        }
    }

    /// The container's end goes with the host's.
    private func removeDevice(_ endpoint: Endpoint) {
        if let client = try? SwitchClient.connect(SwitchPaths(paths.instance)) {
            _ = try? client.change(.removePort(bridge: "", port: endpoint.link, mayLack: true))
        }
        guard var socket = try? NetlinkSocket(), let link = try? socket.link(named: endpoint.link) else { return }
        try? socket.remove(link)
    }

    private func notConnected(_ id: String) -> ApusError {
        ApusError(.conflict, "container \(id.prefix(12)) is on no network that could be changed", hint: "it runs with --network none, host or container:ID")
    }
}
