import Glibc
import JSONCoding
public import LinuxSystem
import Netlink
import PacketCore
import SwitchControl

/// Puts containers on networks and takes them off.
///
/// A start prepares (networks up, addresses taken, ports reserved) before its plan is made, and connects in a thread beside that, once the
/// network namespace is there. What must be given back at the end is written into the container's run directory, where its monitor, or whoever
/// cleans up after a lost one, finds it: `links` (symbolic links to the container's id) and `unpublish` (a batch for nftables).
public struct ContainerNetworks: Sendable {
    /// The networks.
    public let store: NetworkStore
    /// Their place on the host.
    public let host: NetworkHost

    /// The networks of an instance; nothing is read.
    public init(_ instance: Instance) {
        store = NetworkStore(instance)
        host = NetworkHost(store.paths)
    }

    var paths: NetworkPaths { store.paths }

    /// A container that has its addresses and ports, but no device yet.
    public struct Prepared: Sendable {
        /// What it has.
        public let connectivity: Connectivity
        /// Its published ports' sockets.
        public let reservation: PortReservation
        let networks: [NetworkRecord]
    }

    /// Brings the networks up, takes addresses and reserves ports.
    ///
    /// - Parameter own: the container's names, whose run directory is there.
    /// - Throws: `ApusError`; what was taken is given back then.
    public func prepare(_ own: Connectivity, _ attachments: [Attachment], ports: [PortRequest]) throws(ApusError) -> Prepared {
        var networks: [NetworkRecord] = []
        for attachment in attachments { networks.append(try store.find(attachment.network)) }
        var connectivity = own
        do throws(ApusError) {
            for (index, network) in networks.enumerated() {
                if connectivity.endpoints.contains(where: { $0.networkID == network.id }) {
                    throw ApusError(.invalidArgument, "network \(network.name) is given twice")
                }
                try host.bringUp(network)
                connectivity.endpoints.append(try endpoint(attachments[index], network, connectivity))
            }
            let reservation = try PortReservation.take(ports, hasIPv6: connectivity.publishedAt.contains { !$0.isV4 })
            connectivity.ports = reservation.ports
            try write(connectivity)
            return Prepared(connectivity: connectivity, reservation: reservation, networks: networks)
        } catch {
            giveBack(connectivity)
            throw error
        }
    }

    /// Makes the devices in the container's namespace, adds the ports to the switch and publishes.
    ///
    /// The calling thread enters the namespace and comes back.
    ///
    /// - Parameter namespace: a descriptor of the container's network namespace.
    public func connect(_ prepared: Prepared, namespace: Int32) throws(ApusError) {
        if prepared.networks.isEmpty { return }
        var near = try NetlinkSocket()
        var far = try NetlinkSocket(namespace: namespace)
        let switchd = try host.openSwitch()
        for (network, endpoint) in zip(prepared.networks, prepared.connectivity.endpoints) {
            try makeDevice(endpoint, network, namespace: namespace, near: &near, far: &far)
            try add(endpoint, network, prepared.connectivity, to: switchd)
        }
        try publish(prepared.connectivity)
        for network in prepared.networks { try list(prepared.connectivity, on: network) }
    }

    /// Gives back what a container that did not start, or whose monitor was lost, has taken.
    public func release(_ id: String) {
        guard let connectivity = try? connectivity(of: id) else { return }
        if !connectivity.ports.isEmpty { unpublish(connectivity) }
        giveBack(connectivity)
    }

    /// What a running container has; nil for one without networks.
    public func connectivity(of id: String) throws(ApusError) -> Connectivity? {
        let path = paths.connectivity(of: id)
        let bytes: [UInt8]
        do { bytes = try readFile(path) } catch  where error.errno == ENOENT { return nil }
        return try readJSON(Connectivity.self, from: bytes, name: path)
    }
}

extension ContainerNetworks {
    /// Takes addresses for a new place on a network.
    func endpoint(_ attachment: Attachment, _ network: NetworkRecord, _ container: Connectivity) throws(ApusError) -> Endpoint {
        let pool = paths.pool(network)
        var assigned: [Endpoint.Assigned] = []
        var taken: [IPAddress] = []
        do throws(ApusError) {
            for range in network.subnets {
                let isV4 = range.subnet.first.isV4
                let address: IPAddress
                if let wanted = isV4 ? attachment.ipv4 : attachment.ipv6 {
                    address = try Self.fixed(wanted, range, network, isV4: isV4)
                    try pool.take(address, for: container.id)
                } else {
                    address = try pool.take(from: range.subnet, range: range.range, except: [range.gateway], for: container.id)
                }
                taken.append(address)
                assigned.append(Endpoint.Assigned(address: "\(address)", prefix: range.subnet.prefix, gateway: "\(range.gateway)"))
            }
            if let wanted = attachment.ipv6, !network.hasIPv6 {
                throw ApusError(.invalidArgument, "cannot give the address \(wanted): network \(network.name) has no IPv6", hint: "make it with --ipv6")
            }
        } catch {
            for address in taken { pool.release(address, of: container.id) }
            throw error
        }
        let mac = attachment.mac ?? taken.first.map { MACAddress(for: $0).description } ?? ""
        return Endpoint(
            network: network.name, networkID: network.id, interface: Self.freeName(container), link: linkName(), mac: mac, addresses: assigned,
            aliases: attachment.aliases, isGateway: !network.isInternal && !container.endpoints.contains(where: \.isGateway))
    }

    private static func fixed(_ text: String, _ range: AddressRange, _ network: NetworkRecord, isV4: Bool) throws(ApusError) -> IPAddress {
        guard let address = IPAddress(text), address.isV4 == isV4 else {
            throw ApusError(.invalidArgument, "invalid IPv\(isV4 ? 4 : 6) address \"\(text)\"")
        }
        guard range.subnet.isUsable(address), address != range.gateway else {
            throw ApusError(
                .invalidArgument, "cannot give the address \(address) on network \(network.name): it is none of \(range.subnet) that a container can have")
        }
        return address
    }

    /// eth0, eth1 and so on.
    private static func freeName(_ container: Connectivity) -> String {
        let used = Set(container.endpoints.map(\.interface))
        return (0...).lazy.map { "eth\($0)" }.first { !used.contains($0) } ?? "eth0"
    }

    /// The host's end: a name of 15 bytes that nobody else has.
    private func linkName() -> String {
        let digits = String(UInt32.random(in: 0..<1 << 28), radix: 16)
        return "av\(paths.instance.name.prefix(6))\(String(repeating: "0", count: 7 - digits.count))\(digits)"
    }

    func giveBack(_ connectivity: Connectivity) {
        for endpoint in connectivity.endpoints { giveBack(endpoint, of: connectivity.id) }
    }

    func giveBack(_ endpoint: Endpoint, of id: String) {
        for link in links(endpoint, id) where (try? readLink(link)) == id { _ = unsafe unlink(link) }
    }

    /// The links that a place on a network is made of.
    func links(_ endpoint: Endpoint, _ id: String) -> [String] {
        let directory = "\(paths.run)/\(endpoint.networkID)"
        return endpoint.addresses.map { "\(directory)/addresses/\($0.address)" } + ["\(directory)/endpoints/\(id)"]
    }
}
