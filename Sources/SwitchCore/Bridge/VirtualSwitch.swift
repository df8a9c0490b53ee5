public import LinuxSystem

/// All bridges of a daemon with their ports, which share one numbering and one datapath.
///
/// It decides and remembers, but does nothing itself: the daemon carries packets, flows and meters to the datapath. One thread at a time.
public final class VirtualSwitch {
    /// By name.
    public private(set) var bridges: [String: Bridge] = [:]
    private var ports: [PortNumber: Port] = [:]
    private var nextMeter: UInt32 = 1
    private var changes: UInt64 = 0

    /// Without bridges.
    public init() {}

    /// Changes with everything that the translation of a packet could depend on: megaflows are to be revalidated then.
    public var generation: UInt64 {
        bridges.values.reduce(changes) { $0 &+ $1.rules.generation &+ $1.addresses.generation }
    }

    /// The same without what bridges learn.
    var structureGeneration: UInt64 { bridges.values.reduce(changes) { $0 &+ $1.rules.generation } }

    /// The port of a number.
    public func port(_ number: PortNumber) -> Port? { ports[number] }

    /// The port of a name.
    public func port(named name: String) -> Port? { ports.values.first { $0.configuration.name == name } }

    /// Adds a bridge, or changes one of the same name.
    @discardableResult
    public func set(_ configuration: BridgeConfiguration) -> Bridge {
        changes &+= 1
        if let bridge = bridges[configuration.name] {
            bridge.configuration = configuration
            (bridge.addresses.ageing, bridge.addresses.limit) = (configuration.macAgeing, configuration.macLimit)
            return bridge
        }
        let bridge = Bridge(configuration)
        bridges[configuration.name] = bridge
        return bridge
    }

    /// Removes a bridge with its ports.
    public func remove(bridge name: String) throws(ApusError) {
        let bridge = try self.bridge(name)
        for port in bridge.ports { ports[port.number] = nil }
        // Ports hold their bridge.
        bridge.ports = []
        changes &+= 1 &+ bridge.rules.generation &+ bridge.addresses.generation
        bridges[name] = nil
    }

    /// The bridge of a name.
    public func bridge(_ name: String) throws(ApusError) -> Bridge {
        guard let bridge = bridges[name] else { throw ApusError(.notFound, "there is no bridge \"\(name)\"") }
        return bridge
    }

    /// Adds a port to a bridge, or changes one of the same number.
    @discardableResult
    public func set(_ configuration: PortConfiguration, in name: String) throws(ApusError) -> Port {
        let bridge = try self.bridge(name)
        guard configuration.number.rawValue > 0 else { throw ApusError(.invalidArgument, "no port has the number 0") }
        if let other = port(named: configuration.name), other.number != configuration.number {
            throw ApusError(.conflict, "there is a port \"\(configuration.name)\" already")
        }
        if let port = ports[configuration.number] {
            guard port.bridge === bridge else {
                throw ApusError(.conflict, "port \(configuration.number.rawValue) belongs to bridge \"\(port.bridge.configuration.name)\"")
            }
            port.configuration = configuration
            changes &+= 1
            return port
        }
        if configuration.isLocal, bridge.local != nil { throw ApusError(.conflict, "bridge \"\(name)\" has a local port already") }
        let port = Port(configuration, bridge: bridge)
        ports[configuration.number] = port
        bridge.ports.insert(port, at: bridge.ports.firstIndex { $0.number > port.number } ?? bridge.ports.endIndex)
        bridge.updateMirrorOutputs()
        changes &+= 1
        return port
    }

    /// Removes a port and forgets the addresses behind it; rules that name it stay.
    public func remove(port number: PortNumber) throws(ApusError) {
        guard let port = ports.removeValue(forKey: number) else { throw ApusError(.notFound, "there is no port \(number.rawValue)") }
        port.bridge.ports.removeAll { $0 === port }
        port.bridge.addresses.forget(port: number)
        changes &+= 1
    }

    /// Adds a mirror to a bridge, or changes one of the same name.
    public func set(_ mirror: Mirror, in name: String) throws(ApusError) {
        let bridge = try self.bridge(name)
        if let index = bridge.mirrors.firstIndex(where: { $0.name == mirror.name }) { bridge.mirrors[index] = mirror } else { bridge.mirrors.append(mirror) }
        bridge.updateMirrorOutputs()
        changes &+= 1
    }

    /// Removes a mirror.
    public func remove(mirror: String, in name: String) throws(ApusError) {
        let bridge = try self.bridge(name)
        guard let index = bridge.mirrors.firstIndex(where: { $0.name == mirror }) else {
            throw ApusError(.notFound, "bridge \"\(name)\" has no mirror \"\(mirror)\"")
        }
        bridge.mirrors.remove(at: index)
        bridge.updateMirrorOutputs()
        changes &+= 1
    }

    /// Gives a meter of a bridge a number in the datapath, the same each time.
    public func addMeter(_ id: UInt32, in name: String) throws(ApusError) -> UInt32 {
        let bridge = try self.bridge(name)
        if let number = bridge.meters[id] { return number }
        let number = nextMeter
        nextMeter += 1
        bridge.meters[id] = number
        changes &+= 1
        return number
    }

    /// Removes a meter with the rules that use it (OpenFlow 1.3, 6.7); returns its number in the datapath.
    public func removeMeter(_ id: UInt32, in name: String) throws(ApusError) -> UInt32 {
        let bridge = try self.bridge(name)
        guard let number = bridge.meters.removeValue(forKey: id) else { throw ApusError(.notFound, "bridge \"\(name)\" has no meter \(id)") }
        for rule in bridge.rules.rules() where rule.spec.actions.contains(.meter(id)) {
            var filter = RuleFilter()
            (filter.table, filter.priority, filter.match, filter.isStrict) = (rule.spec.table, rule.spec.priority, rule.spec.match, true)
            bridge.rules.delete(filter)
        }
        changes &+= 1
        return number
    }
}
