import LinuxSystem
import SwitchControl
import SwitchCore

/// The running switch: bridges and ports as users want them, the pipeline that decides, and the datapath that forwards.
///
/// One thread uses it. What users want is in the database before they are told so; interfaces and datapath follow.
///
///     client --request--> Switch --transaction--> database
///                           |  \--ports, meters--> datapath
///                           |                        |
///     rules, MAC table <----+<------ upcall ---------+
///                           +------- megaflow ------>|
final class Switch {
    let database: SwitchDatabase
    let datapath: any Datapath
    let links: any HostLinks
    let log: DaemonLog
    /// By name.
    var bridges: [String: RunningBridge] = [:]
    /// By number.
    var ports: [UInt32: RunningPort] = [:]
    /// The numbers of ports by their names, and by their interfaces.
    var numbersByName: [String: UInt32] = [:]
    var numbersByInterface: [String: UInt32] = [:]
    /// Where the search for a free number goes on: a number is not given anew at once, as the old port's flows may still be about.
    var nextNumber: UInt32 = 1
    /// What decides: ports, rules and MAC tables as the slow path sees them.
    let network: VirtualSwitch
    /// The flows of the datapath and what they rest on.
    let flows: InstalledFlows
    /// The state of `network` that the flows were last compared with.
    var validated: UInt64 = 0
    /// Packets from a port that were dropped by flows.
    var portDrops: [UInt32: UInt64] = [:]
    /// How many of a dropping flow's packets are in `portDrops`.
    var dropCounts: [UInt64: UInt64] = [:]
    /// The ports that connections capture.
    var captures: [ObjectIdentifier: [UInt32]] = [:]
    /// Packets that the slow path itself has dropped, by reason.
    var slowDrops: [DropReason: UInt64] = [:]
    /// Why a better datapath is not in use; empty where none is better.
    var remark = ""
    /// CLOCK_MONOTONIC in ns.
    let started = monotonicNanoseconds()
    /// Packets that came up.
    var upcalls: UInt64 = 0

    /// A switch without bridges; `restore` fills it from the database.
    init(database: SwitchDatabase, datapath: any Datapath, links: any HostLinks, log: DaemonLog) {
        self.database = database
        self.datapath = datapath
        self.links = links
        self.log = log
        network = VirtualSwitch()
        flows = InstalledFlows(network)
    }

    /// Whether there is nothing to do.
    var isIdle: Bool { bridges.isEmpty }

    /// The bridge that a user means by its name or its network's.
    func bridge(_ word: String) throws(ApusError) -> RunningBridge {
        if let found = bridges[word] ?? bridges.values.first(where: { $0.settings.network == word && !word.isEmpty }) { return found }
        throw ApusError(.notFound, "no such bridge: \(word)")
    }

    /// The bridge that a user means, or all of them, by name, for an empty word.
    func bridges(_ word: String) throws(ApusError) -> [RunningBridge] {
        word.isEmpty ? bridges.values.sorted { $0.settings.name < $1.settings.name } : [try bridge(word)]
    }

    /// The port that a user means.
    ///
    /// - Parameter bridge: the bridge's own name, or empty for any.
    /// - Throws: `.notFound`, or `.conflict` where a container has several.
    func port(_ word: String, in bridge: String = "") throws(ApusError) -> RunningPort {
        func isHere(_ port: RunningPort) -> Bool { bridge.isEmpty || port.settings.bridge == bridge }
        // A port's own name goes before a container's.
        if let exact = portNamed(word), isHere(exact) { return exact }
        let found = ports.values.filter { $0.isNamed(word) && isHere($0) }
        if found.count > 1 {
            let names = found.map(\.settings.name).sorted().joined(separator: ", ")
            throw ApusError(.conflict, "\(word) is more than one port: \(names)", hint: "name the port, or the bridge too")
        }
        guard let port = found.first else {
            throw ApusError(.notFound, "no such port: \(word)" + (bridge.isEmpty ? "" : " in bridge \(bridge)"))
        }
        return port
    }

    /// The port of exactly this name.
    func portNamed(_ name: String) -> RunningPort? { numbersByName[name].flatMap { ports[$0] } }

    /// The port that has this interface of the host.
    func portOf(interface: String) -> RunningPort? { numbersByInterface[interface].flatMap { ports[$0] } }

    /// The ports of a bridge, or of all for an empty name, by number.
    func ports(of bridge: String) -> [RunningPort] {
        ports.values.filter { bridge.isEmpty || $0.settings.bridge == bridge }.sorted { $0.settings.number < $1.settings.number }
    }
}
