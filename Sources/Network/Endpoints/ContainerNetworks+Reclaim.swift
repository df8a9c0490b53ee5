import Glibc
public import LinuxSystem
import Netlink

extension ContainerNetworks {
    /// The containers on a network, by the id of each with what it has.
    ///
    /// One that has ended and was not cleaned up may be among them.
    public func containers(on network: NetworkRecord) throws(ApusError) -> [Connectivity] {
        var found: [Connectivity] = []
        for id in try listDirectory(paths.endpoints(network)).sorted() {
            if let container = try connectivity(of: id), container.endpoints.contains(where: { $0.networkID == network.id }) { found.append(container) }
        }
        return found
    }

    /// Gives back the addresses, names and published ports of containers that are gone.
    ///
    /// - Parameter isAlive: whether a container of that id runs or is about to.
    /// - Returns: how many things were given back.
    @discardableResult
    public func reclaim(where isAlive: (String) throws(ApusError) -> Bool) throws(ApusError) -> Int {
        var count = 0
        let networks = try listDirectory(paths.run)
        // Nothing was ever brought up since the boot.
        if networks.isEmpty { return 0 }
        for network in networks {
            for directory in ["\(paths.run)/\(network)/addresses", "\(paths.run)/\(network)/endpoints"] {
                for name in try listDirectory(directory) where !name.hasPrefix("next.") {
                    guard let owner = try? readLink("\(directory)/\(name)"), try !isAlive(owner) else { continue }
                    if unsafe unlink("\(directory)/\(name)") == 0 { count += 1 }
                }
            }
        }
        var socket = try NetlinkSocket(.netfilter)
        guard try socket.hasTable(paths.table) else { return count }
        for set in ["ports4", "ports6", "ports4at", "ports6at"] {
            var dead: [SetElement] = []
            for element in try socket.elements(of: set, table: paths.table) {
                if let owner = element.comment, try !isAlive(owner) { dead.append(element) }
            }
            if !dead.isEmpty { try socket.change([.remove(dead, from: set)], table: paths.table, to: "take back ports of containers that are gone") }
            count += dead.count
        }
        return count
    }
}
