public import Network

/// Who has which name on which network: what the running containers' records say.
public struct NameDirectory: Sendable {
    /// What is known about a question.
    public enum Finding: Sendable, Equatable {
        /// These records, in no order of rank; none where the name is known and has no such record.
        case records([Answer.Record])
        /// Nobody here has the name: others may know it.
        case unknown
        /// It is ours to know, and there is no such name.
        case nobody
    }

    private let networks: [NetworkRecord]
    private let containers: [Connectivity]

    /// Takes what is running.
    public init(networks: [NetworkRecord], containers: [Connectivity]) {
        self.networks = networks
        self.containers = containers
    }

    /// The container that has an address on a network; nil for the host and strangers.
    public func container(at address: IPAddress, on network: String) -> Connectivity? {
        containers.first { $0.endpoints.contains { $0.networkID == network && $0.values.contains(address) } }
    }

    /// Whether a container may ask the world: one that is on no network but internal ones may not.
    public func mayForward(_ container: Connectivity) -> Bool {
        container.endpoints.contains { endpoint in networks.contains { $0.id == endpoint.networkID && !$0.isInternal } }
    }

    /// Looks a question up for one who asks on a network: a container sees all the networks that it is on.
    public func find(_ question: Question, on network: String, asker: Connectivity?) -> Finding {
        guard question.networkClass == 1 else { return .unknown }
        let visible = asker.map { Set($0.endpoints.map(\.networkID)) } ?? [network]
        if let bytes = question.reverse { return owner(IPAddress(bytes: bytes), visible) }
        let name = question.name
        var addresses = hostAddresses(name, network)
        var isKnown = !addresses.isEmpty
        for container in containers {
            for endpoint in container.endpoints where visible.contains(endpoint.networkID) && Self.has(name, container, endpoint) {
                isKnown = true
                addresses += endpoint.values
            }
        }
        guard isKnown else { return .unknown }
        let wanted = addresses.filter { question.kind == ($0.isV4 ? Question.Kind.a : Question.Kind.aaaa) || question.kind == Question.Kind.any }
        return .records(wanted.shuffled().map { .address($0.bytes) })
    }

    /// The host's own names, as Docker and Podman have them.
    private func hostAddresses(_ name: String, _ network: String) -> [IPAddress] {
        guard ["host.apus.internal", "host.docker.internal", "host.containers.internal"].contains(name) else { return [] }
        return networks.first { $0.id == network }?.subnets.map(\.gateway) ?? []
    }

    private func owner(_ address: IPAddress?, _ visible: Set<String>) -> Finding {
        guard let address else { return .unknown }
        for container in containers {
            for endpoint in container.endpoints where visible.contains(endpoint.networkID) && endpoint.values.contains(address) {
                return .records([.name("\(container.name).\(endpoint.network)")])
            }
        }
        // Nobody else knows who is on our networks.
        return networks.contains { $0.subnets.contains { $0.subnet.contains(address) } } ? .nobody : .unknown
    }

    /// The container's name, the beginning of its id and its aliases, with or without the network's name behind.
    private static func has(_ name: String, _ container: Connectivity, _ endpoint: Endpoint) -> Bool {
        let own = [container.name, String(container.id.prefix(12))] + endpoint.aliases
        return own.contains { one in
            let lower = one.lowercased()
            return name == lower || name == "\(lower).\(endpoint.network.lowercased())"
        }
    }
}
