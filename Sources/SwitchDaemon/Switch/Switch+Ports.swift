import LinuxSystem
import SwitchControl
import SwitchCore

extension Switch {
    /// The greatest number of a port.
    static let lastNumber: UInt32 = 65279

    func addPort(_ wanted: PortSettings, mayExist: Bool, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let bridge = try bridge(wanted.bridge)
        var settings = wanted
        settings.bridge = bridge.name
        if settings.name.isEmpty { settings.name = settings.interface }
        try SettingsCheck.check(settings)
        try takeStale(settings, &undo)
        if let present = portNamed(settings.name) {
            guard mayExist, present.settings.bridge == settings.bridge else { throw ApusError(.conflict, "there is a port \(settings.name) already") }
            return try setPort(settings, &undo)
        }
        if !settings.interface.isEmpty, let other = portOf(interface: settings.interface) {
            throw ApusError(.conflict, "interface \(settings.interface) belongs to port \(other.settings.name) already")
        }
        settings.number = try number(for: settings)
        try database.put(settings)
        let port = RunningPort(settings: settings, link: try makeLink(settings, &undo))
        try put(port, &undo)
        if let known = port.datapathPort {
            try datapath.add(known)
            undo.add { [unowned self] in try? datapath.remove(known.number) }
        }
        return settings.number
    }

    /// A container's port whose interface has gone without our having been told yet, and now is in the way of a new one.
    private func takeStale(_ settings: PortSettings, _ undo: inout Undo) throws(ApusError) {
        for port in [portNamed(settings.name), portOf(interface: settings.interface)].compactMap({ $0 }) {
            guard port.settings.isEphemeral && port.link != nil && ports[port.settings.number] != nil else { continue }
            if try links.find(port.settings.datapathInterface)?.index != port.link?.index { try takePort(port, &undo) }
        }
    }

    func setPort(_ wanted: PortSettings, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let name = wanted.name.isEmpty ? wanted.interface : wanted.name
        let present = try port(name, in: wanted.bridge.isEmpty ? "" : bridge(wanted.bridge).name)
        var settings = wanted
        (settings.bridge, settings.name, settings.number) = (present.settings.bridge, present.settings.name, present.settings.number)
        (settings.kind, settings.interface) = (present.settings.kind, present.settings.interface)
        try SettingsCheck.check(settings)
        try database.put(settings)
        var port = RunningPort(settings: settings, link: present.link)
        // Also where somebody has removed the interface, or taken its addresses away: whoever asks wants them there.
        if settings.kind == .local { port.link = try links.makeLocal(settings.interface, mac: settings.mac, addresses: settings.hostAddresses) }
        try put(port, &undo)
        if let known = port.datapathPort, known != present.datapathPort {
            try datapath.add(known)
            undo.add { [unowned self] in
                if let before = present.datapathPort { try? datapath.add(before) } else { try? datapath.remove(known.number) }
            }
        }
        return settings.number
    }

    func removePort(_ name: String, in bridgeName: String, mayLack: Bool, _ undo: inout Undo) throws(ApusError) -> UInt32 {
        let found: RunningPort
        do {
            found = try port(name, in: bridgeName.isEmpty ? "" : bridge(bridgeName).name)
        } catch {
            guard mayLack && error.code == .notFound else { throw error }
            return 0
        }
        try takePort(found, &undo)
        return found.settings.number
    }

    /// Removes a port that is there, with the interface if the switch has made it.
    func takePort(_ port: RunningPort, _ undo: inout Undo) throws(ApusError) {
        let bridge = try bridge(port.settings.bridge)
        try database.removePort(port.settings.number)
        try forgetPort(port)
        let macs = bridge.staticMACs
        bridge.staticMACs.removeAll { $0.port == port.settings.name }
        undo.add { [unowned self] in
            try? arrange(port)
            bridge.staticMACs = macs
            renewMACs(of: bridge)
            renewMirrors(of: bridge)
        }
        renewMirrors(of: bridge)
        if let known = port.datapathPort {
            try datapath.remove(known.number)
            undo.add { [unowned self] in try? datapath.add(known) }
        }
        if port.settings.isMadeBySwitch {
            // Unless the same transaction makes a port of the same name.
            undo.whenDone { [unowned self] in
                let interface = port.settings.interface
                if portOf(interface: interface) != nil { return }
                attempt("interface \(interface)") { () throws(ApusError) in try links.remove(interface) }
            }
        }
    }

    /// Puts a port into the tables, in the place of what had its number.
    private func put(_ port: RunningPort, _ undo: inout Undo) throws(ApusError) {
        let before = ports[port.settings.number]
        undo.add { [unowned self] in
            if let before { try? arrange(before) } else { try? forgetPort(port) }
        }
        try arrange(port)
        if let bridge = bridges[port.settings.bridge], !bridge.mirrors.isEmpty { renewMirrors(of: bridge) }
    }

    /// Tells the slow path about a port, and the datapath about its limits.
    func arrange(_ port: RunningPort) throws(ApusError) {
        let before = ports[port.settings.number]
        ports[port.settings.number] = port
        numbersByName[port.settings.name] = port.settings.number
        if !port.settings.interface.isEmpty { numbersByInterface[port.settings.interface] = port.settings.number }
        try network.set(port.configuration(peer: peer(of: port)?.number), in: port.settings.bridge)
        for (meter, old) in zip(port.meters, before?.meters ?? port.meters.map { ($0.id, 0, 0) }) where meter != old {
            try datapath.setMeter(meter.id, rate: meter.rate, burst: meter.burst)
        }
        try arrangePeer(of: port)
    }

    /// Takes a port out of the tables.
    private func forgetPort(_ port: RunningPort) throws(ApusError) {
        ports[port.settings.number] = nil
        numbersByName[port.settings.name] = nil
        numbersByInterface[port.settings.interface] = nil
        portDrops[port.settings.number] = nil
        try network.remove(port: port.number)
        for meter in port.meters where meter.rate != 0 { try datapath.setMeter(meter.id, rate: 0, burst: 0) }
        try arrangePeer(of: port)
    }

    /// The other end of a patch, where it is there and names this one.
    private func peer(of port: RunningPort) -> RunningPort? {
        guard port.settings.kind == .patch, ports[port.settings.number] != nil else { return nil }
        guard let other = portNamed(port.settings.peer), other.settings.kind == .patch, other.settings.peer == port.settings.name else { return nil }
        return other
    }

    /// The other end of a patch sees that this one has come, changed or gone.
    private func arrangePeer(of port: RunningPort) throws(ApusError) {
        guard port.settings.kind == .patch else { return }
        for other in ports.values where other.settings.kind == .patch && other.settings.number != port.settings.number {
            if other.settings.peer == port.settings.name {
                try network.set(other.configuration(peer: peer(of: other)?.number), in: other.settings.bridge)
            }
        }
    }

    /// The interface of a new port, made where the switch makes it; nil for a patch, and for one that is configured but not there yet.
    func makeLink(_ settings: PortSettings, _ undo: inout Undo) throws(ApusError) -> HostLink? {
        let made: HostLink
        switch settings.kind {
        case .patch: return nil
        case .veth, .uplink:
            guard var link = try links.find(settings.interface) else {
                // What a user configures may come later, such as a USB adapter; a container's is there before its port.
                if settings.isEphemeral { throw ApusError(.notFound, "there is no interface \(settings.interface)") }
                return nil
            }
            // What the host itself would say there would go past the switch into the container.
            if settings.kind == .veth { links.silence(link) }
            if !link.isUp {
                try links.setUp(link)
                link.isUp = true
            }
            return link
        case .local: made = try links.makeLocal(settings.interface, mac: settings.mac, addresses: settings.hostAddresses)
        case .tap: made = try links.makeTap(settings.interface)
        }
        undo.add { [unowned self] in try? links.remove(settings.interface) }
        return made
    }

    /// The number that the user wants, or one that has not been used for long.
    private func number(for settings: PortSettings) throws(ApusError) -> UInt32 {
        if settings.number != 0 {
            if let other = ports[settings.number] { throw ApusError(.conflict, "port \(other.settings.name) has number \(settings.number) already") }
            return settings.number
        }
        for _ in 0..<Self.lastNumber {
            let number = nextNumber
            nextNumber = number == Self.lastNumber ? 1 : number + 1
            if ports[number] == nil { return number }
        }
        throw ApusError(.conflict, "the switch has \(Self.lastNumber) ports, more than that it cannot number")
    }
}

extension PortSettings {
    /// Whether the interface comes and goes with the port.
    var isMadeBySwitch: Bool { kind == .local || kind == .tap }
}
