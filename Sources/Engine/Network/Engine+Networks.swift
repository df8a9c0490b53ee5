import Glibc
public import LinuxSystem
public import Network

extension Engine {
    /// The networks of the instance, and the way on and off them.
    public var networks: ContainerNetworks { ContainerNetworks(Instance(root: paths.root)) }

    /// What a container has on networks while it runs; nil when it does not, or is on none.
    public func connectivity(of record: ContainerRecord) -> Connectivity? {
        record.settings.isOnNetworks || fileExists("\(paths.running(record.id))/network.json") ? try? networks.connectivity(of: record.id) : nil
    }

    /// The running containers on a network.
    ///
    /// What is left of others is not shown.
    public func containers(on network: NetworkRecord) throws(ApusError) -> [Connectivity] {
        var found: [Connectivity] = []
        for container in try networks.containers(on: network) where try FileLock.isHeld(paths.lock(container.id)) { found.append(container) }
        return found
    }

    /// Removes a network that no running container is on.
    public func removeNetwork(_ network: NetworkRecord) throws(ApusError) {
        if network.name == NetworkStore.standardName {
            throw ApusError(.invalidArgument, "cannot remove network \(network.name): it is the one of containers that name none")
        }
        try networks.store.remove(network) { () throws(ApusError) in
            let users = try containers(on: network)
            if !users.isEmpty {
                throw ApusError(
                    .conflict, "cannot remove network \(network.name): it is in use by container \(users.map(\.name).joined(separator: ", "))",
                    hint: "disconnect or stop what is on it first")
            }
            try networks.host.takeDown(network)
        }
    }

    /// Removes the networks that no container has, running or not, and takes the default one down where nothing runs on it.
    ///
    /// - Returns: the names of those that were removed.
    public func pruneNetworks(where isMeant: (NetworkRecord) -> Bool = { _ in true }) throws(ApusError) -> [String] {
        try networks.reclaim { (id) throws(ApusError) in try FileLock.isHeld(paths.lock(id)) }
        var wanted: Set<String> = []
        for record in try containers.all() { for attachment in record.settings.connectivity?.attachments ?? [] { wanted.insert(attachment.network) } }
        var removed: [String] = []
        for network in try networks.store.existing() {
            guard try containers(on: network).isEmpty else { continue }
            if network.name == NetworkStore.standardName {
                try networks.host.takeDown(network)
            } else if !wanted.contains(network.name), isMeant(network) {
                try removeNetwork(network)
                removed.append(network.name)
            }
        }
        return removed
    }

    /// Puts a container on a network: at once when it runs, and at each start.
    public func connect(_ record: ContainerRecord, _ attachment: Attachment) throws(ApusError) {
        guard record.settings.networkMode == .own, record.settings.network != "none" else {
            throw ApusError(.conflict, "cannot connect container \(record.name) to a network: it runs with --network \(record.settings.network)")
        }
        let network = try networks.store.find(attachment.network)
        var attachment = attachment
        attachment.network = network.name
        // Nil for one that runs.
        let claimed = try claim(record)
        if claimed == nil { try networks.connect(record.id, attachment, namespace: try namespace(of: record)) }
        try containers.change(record) { current throws(ApusError) in
            var settings = current.settings.connectivity ?? ConnectivitySettings()
            if settings.attachments.contains(where: { $0.network == network.name }) {
                if claimed == nil { return }
                throw ApusError(.conflict, "container \(record.name) is already connected to network \(network.name)")
            }
            settings.attachments.append(attachment)
            current.settings.connectivity = settings
        }
    }

    /// Takes a container off a network: at once when it runs, and for each later start.
    ///
    /// - Parameter force: whether a container that is not on it is no error.
    public func disconnect(_ record: ContainerRecord, from network: NetworkRecord, force: Bool = false) throws(ApusError) {
        let claimed = try claim(record)
        do throws(ApusError) {
            if claimed == nil { try networks.disconnect(record.id, from: network, namespace: try namespace(of: record)) }
            try containers.change(record) { current throws(ApusError) in
                let before = current.settings.connectivity?.attachments.count ?? 0
                current.settings.connectivity?.attachments.removeAll { $0.network == network.name }
                if claimed != nil, before == current.settings.connectivity?.attachments.count ?? 0 {
                    throw ApusError(.conflict, "container \(record.name) is not connected to network \(network.name)")
                }
            }
        } catch  where force && error.code == .conflict {
            return
        }
    }

    /// The network namespace of a running container.
    func namespace(of record: ContainerRecord) throws(ApusError) -> OwnedFD {
        guard let run = try containers.run(of: record) else { throw containers.notRunning(record) }
        let namespace = try openFile("/proc/\(run.pid)/ns/net", O_RDONLY)
        // The number may have become a stranger's between the look and the opening.
        guard try containers.run(of: record) == run else { throw containers.notRunning(record) }
        return namespace
    }
}
