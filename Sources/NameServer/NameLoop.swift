import CShim
import Glibc
import LinuxSystem
import Network

/// The name server's one thread: its sockets, and the questions that others are asked.
@safe final class NameLoop: @unchecked Sendable {
    // Everything is touched by the one thread alone, but what is given to the threads of TCP connections, which is copied.
    private struct Listener {
        let network: String
        let address: IPAddress
        let isStream: Bool
        let socket: Int32
    }

    private let store: NetworkStore
    private let stopper: Int32
    private let log: @Sendable (String) -> Void
    private let watch: Int32
    private var listeners: [Listener] = []
    private var failed: [String: String] = [:]
    private var cache = ConnectivityCache()
    private var resolver = Resolver(NameDirectory(networks: [], containers: []), ownAddresses: [])
    private var isStale = true
    private var forwarder = Forwarder()
    private let streams = StreamService()

    init(_ instance: Instance, stopper: Int32, log: @escaping @Sendable (String) -> Void) throws(ApusError) {
        store = NetworkStore(instance)
        self.stopper = stopper
        self.log = log
        try makeDirectories(store.paths.run, mode: 0o711)
        watch = try systemCall("cannot watch the networks") { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) }
    }

    /// Serves until it is told to stop.
    func run() {
        var room = [UInt8](repeating: 0, count: 65536)
        while true {
            refresh()
            var set = [pollfd(fd: stopper, events: Int16(POLLIN), revents: 0), pollfd(fd: watch, events: Int16(POLLIN), revents: 0)]
            set += listeners.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
            let first = set.count
            set += forwarder.sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // A socket that could not be made is tried again: the address may not be there yet.
            let patience = min(forwarder.patience ?? 60_000, failed.isEmpty ? 60_000 : 1000)
            _ = unsafe poll(&set, nfds_t(set.count), Int32(patience))
            if set[0].revents != 0 { break }
            // Before the questions: who has just started must be found.
            if set[1].revents != 0 { drain(&room) }
            if !failed.isEmpty { isStale = true }
            refresh()
            for (index, entry) in set[2..<first].enumerated() where entry.revents != 0 && index < listeners.count && listeners[index].socket == entry.fd {
                serve(listeners[index], &room)
            }
            for entry in set[first...] where entry.revents != 0 { forwarder.hear(entry.fd, &room) }
            forwarder.giveUp()
        }
        for listener in listeners { close(listener.socket) }
        forwarder.closeAll()
        close(watch)
    }

    private func drain(_ room: inout [UInt8]) {
        while unsafe read(watch, &room, room.count) > 0 {}
        isStale = true
    }

    private func serve(_ listener: Listener, _ room: inout [UInt8]) {
        let (network, resolver) = (listener.network, resolver)
        if listener.isStream {
            guard let (descriptor, address) = unsafe SocketAddress.accept(listener.socket) else { return }
            streams.serve(OwnedFD(adopting: descriptor)) { message in
                resolver.decide(message, from: address, on: network, limit: 65535, hostServers: Self.hostServers)
            }
            return
        }
        for _ in 0..<64 {
            guard let received = unsafe SocketAddress.receive(listener.socket, &room) else { return }
            var sender = received.sender
            let message = Array(room[..<min(received.count, room.count)])
            switch resolver.decide(message, from: received.address, on: network, hostServers: Self.hostServers) {
            case .answer(let answer): unsafe sender.send(answer, by: listener.socket)
            case .forward(let servers): forwarder.ask(servers, message, for: sender, by: listener.socket)
            case .ignore: continue
            }
        }
    }

    private static func hostServers() -> [IPAddress] { Resolver.servers(in: (try? readText("/etc/resolv.conf")) ?? "") }

    /// Reads what is running, and listens where a network has come up.
    private func refresh() {
        guard isStale else { return }
        isStale = false
        let paths = store.paths
        observe(paths.run)
        var networks: [NetworkRecord] = []
        for network in (try? store.existing()) ?? [] where fileExists(paths.running(network)) {
            observe(paths.running(network))
            observe(paths.endpoints(network))
            if fileExists(paths.isUp(network)) { networks.append(network) }
        }
        let ids = Set(networks.flatMap { (try? listDirectory(paths.endpoints($0))) ?? [] })
        let containers = cache.read(ids, paths)
        resolver = Resolver(NameDirectory(networks: networks, containers: containers), ownAddresses: networks.flatMap { $0.subnets.map(\.gateway) })
        listen(networks)
    }

    private func observe(_ directory: String) {
        _ = unsafe inotify_add_watch(watch, directory, UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_TO) | UInt32(IN_ONLYDIR))
    }

    private func listen(_ networks: [NetworkRecord]) {
        let wanted = networks.flatMap { network in network.subnets.map { (network, $0.gateway) } }
        listeners.removeAll { listener in
            let stays = wanted.contains { $0.0.id == listener.network && $0.1 == listener.address }
            if !stays {
                forwarder.forget(listener.socket)
                close(listener.socket)
            }
            return !stays
        }
        var nowFailed: [String: String] = [:]
        for (network, address) in wanted {
            for isStream in [false, true] where !listeners.contains(where: { $0.network == network.id && $0.address == address && $0.isStream == isStream }) {
                do throws(ApusError) {
                    let socket = try DNSSocket.listening(address, isStream ? SOCK_STREAM : SOCK_DGRAM)
                    listeners.append(Listener(network: network.id, address: address, isStream: isStream, socket: socket.take()))
                } catch {
                    nowFailed["\(address)"] = "\(error)"
                    // Said once, and not for an address that is about to come.
                    if failed["\(address)"] != nowFailed["\(address)"], error.errno != EADDRNOTAVAIL { log("network \(network.name): \(error)") }
                }
            }
        }
        failed = nowFailed
    }
}

/// The records of running containers, read again only where they have changed.
struct ConnectivityCache {
    private var known: [String: (inode: UInt64, record: Connectivity)] = [:]

    /// The records of these containers.
    mutating func read(_ ids: Set<String>, _ paths: NetworkPaths) -> [Connectivity] {
        var fresh: [String: (inode: UInt64, record: Connectivity)] = [:]
        let networks = ContainerNetworks(paths.instance)
        for id in ids {
            var status = stat()
            guard unsafe stat(paths.connectivity(of: id), &status) == 0 else { continue }
            // A change replaces the file.
            let inode = UInt64(status.st_ino) ^ UInt64(bitPattern: Int64(status.st_ctim.tv_nsec)) << 20
            if let old = known[id], old.inode == inode {
                fresh[id] = old
            } else if let record = try? networks.connectivity(of: id) {
                fresh[id] = (inode, record)
            }
        }
        known = fresh
        return fresh.values.map(\.record)
    }
}
