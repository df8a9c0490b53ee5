public import LinuxSystem

/// A port with what it belongs to.
public final class Port {
    /// As it was last configured.
    public internal(set) var configuration: PortConfiguration
    /// Where it is.
    public let bridge: Bridge
    /// Copies of a mirror leave by it, and nothing else.
    public internal(set) var isMirrorOutput = false

    init(_ configuration: PortConfiguration, bridge: Bridge) {
        self.configuration = configuration
        self.bridge = bridge
    }

    /// What rules and keys call it.
    public var number: PortNumber { configuration.number }
}

/// One switch instance: ports, tables, addresses, mirrors, meters.
///
/// Holds state and does no input or output; belongs to a `VirtualSwitch` and its one thread.
public final class Bridge: Identifiable {
    /// As it was last configured.
    public internal(set) var configuration: BridgeConfiguration
    /// By number, the lowest first.
    public internal(set) var ports: [Port] = []
    /// What users have added.
    public let rules = RuleTables()
    /// Where addresses were seen.
    public let addresses: MACTable
    /// In the order in which they were added.
    public internal(set) var mirrors: [Mirror] = []
    /// The user's meters, and the datapath's numbers for them.
    public internal(set) var meters: [UInt32: UInt32] = [:]

    init(_ configuration: BridgeConfiguration) {
        self.configuration = configuration
        addresses = MACTable(ageing: configuration.macAgeing, limit: configuration.macLimit)
    }

    /// The bridge's own port.
    public var local: Port? { ports.first { $0.configuration.isLocal } }

    /// Finds a port by its name, and LOCAL.
    public func port(named name: String) -> PortNumber? {
        if name == "LOCAL" || name == "local" { return local?.number }
        return ports.first { $0.configuration.name == name }?.number
    }

    /// Names a port.
    public func name(of port: PortNumber) -> String? {
        ports.first { $0.number == port }.map { $0.configuration.isLocal ? "LOCAL" : $0.configuration.name }
    }

    /// Adds a rule, whose meters must exist.
    @discardableResult
    public func add(_ spec: RuleSpec, now: UInt64) throws(ApusError) -> Rule {
        try checkMeters(spec.actions)
        return try rules.add(spec, now: now)
    }

    /// Gives the chosen rules new actions, and returns how many there were.
    public func modify(_ filter: RuleFilter, to change: RuleSpec, now: UInt64) throws(ApusError) -> Int {
        try checkMeters(change.actions)
        return rules.modify(filter, to: change, now: now)
    }

    private func checkMeters(_ actions: [Action]) throws(ApusError) {
        for case .meter(let id) in actions where meters[id] == nil {
            throw ApusError(.notFound, "bridge \"\(configuration.name)\" has no meter \(id)")
        }
    }

    func updateMirrorOutputs() {
        for port in ports { port.isMirrorOutput = mirrors.contains { $0.output == .port(port.number) } }
    }
}
