import LinuxSystem
import SwitchControl
import SwitchCore

extension Switch {
    /// Makes the switch what the database says, over a datapath that may run already.
    ///
    /// Ports of containers that are gone are forgotten. What fails for one bridge or port is logged and does not keep the others.
    func restore() throws(ApusError) {
        for settings in try database.bridges() {
            let bridge = RunningBridge(settings)
            bridges[settings.name] = bridge
            network.set(bridge.configuration)
        }
        for settings in try database.ports() { restore(settings) }
        nextNumber = (ports.keys.max() ?? 0) % Self.lastNumber + 1
        for bridge in bridges.values {
            for meter in try database.meters(of: bridge.settings.name) {
                bridge.meters[meter.id] = meter
                attempt("meter \(meter.id) of bridge \(bridge.settings.name)") { () throws(ApusError) in
                    try datapath.setMeter(network.addMeter(meter.id, in: bridge.name), rate: meter.rate, burst: meter.burst)
                }
            }
            for mirror in try database.mirrors(of: bridge.settings.name) { bridge.mirrors[mirror.name] = mirror }
            bridge.staticMACs = try database.staticMACs(of: bridge.settings.name)
            attempt("the tables of bridge \(bridge.settings.name)") { () throws(ApusError) in
                try restoreRules(of: bridge)
            }
            renewMirrors(of: bridge)
            renewMACs(of: bridge)
        }
        try dropStrangers()
        try adoptFlows()
    }

    private func restore(_ settings: PortSettings) {
        var port = RunningPort(settings: settings, link: nil)
        attempt("port \(settings.name)") { () throws(ApusError) in
            if settings.isEphemeral && !settings.isMadeBySwitch && settings.kind != .patch, try links.find(settings.interface) == nil {
                log(.info, "port \(settings.name) is gone with its interface \(settings.interface)")
                return try database.transaction(isSynced: false) { () throws(ApusError) in try database.removePort(settings.number) }
            }
            var ignored = Undo()
            try arrange(port)
            port.link = try makeLink(settings, &ignored)
            try arrange(port)
            if let known = port.datapathPort { try datapath.add(known) }
        }
    }

    /// Ports that the datapath has from an earlier daemon, and that the database does not know, go.
    private func dropStrangers() throws(ApusError) {
        for port in datapath.ports where ports[port.number.rawValue]?.link?.index != port.index {
            log(.info, "the datapath had interface \(port.interface), which no port has")
            attempt("interface \(port.interface)") { () throws(ApusError) in try datapath.remove(port.number) }
        }
    }

    /// Does what may fail without keeping the rest from being done.
    func attempt(_ what: @autoclosure () -> String, _ body: () throws(ApusError) -> Void) {
        do throws(ApusError) { try body() } catch { log(.error, "\(what()): \(error)") }
    }

    // MARK: Interfaces that come and go

    /// Takes in what has happened to the host's interfaces.
    func takeLinkEvents() throws(ApusError) {
        for event in try links.events() {
            switch event {
            case .present(let link): present(link)
            case .gone(let index, let name): gone(index, name)
            case .lost: lookAgain()
            }
        }
    }

    private func present(_ told: HostLink) {
        guard var port = ports.values.first(where: { $0.settings.datapathInterface == told.name }), port.link != told else { return }
        attempt("port \(port.settings.name)") { () throws(ApusError) in
            let before = port.link
            // What is told may have passed already: an interface of the same name may have come since.
            guard let link = before?.index == told.index ? told : try links.find(told.name), link != before else { return }
            port.link = link
            if before?.index != link.index {
                // The old one may have gone unseen.
                if before != nil { try datapath.remove(port.number) }
                if let known = port.datapathPort { try datapath.add(known) }
                log(.info, "port \(port.settings.name) has its interface \(link.name)")
            }
            try arrange(port)
        }
    }

    private func gone(_ index: UInt32, _ name: String) {
        // By the index: a new interface of the same name is another one.
        guard let port = ports.values.first(where: { $0.link?.index == index }) else { return }
        attempt("port \(port.settings.name)") { () throws(ApusError) in try lose(port) }
    }

    /// A port whose interface has gone: a container's goes with it, another one waits for the interface to come back.
    private func lose(_ port: RunningPort) throws(ApusError) {
        // The kernel has taken the program away with the interface; what the datapath still holds is the number.
        do { try datapath.remove(port.number) } catch { log(.debug, "port \(port.settings.name): \(error)") }
        var lost = port
        lost.link = nil
        try arrange(lost)
        if port.settings.isEphemeral {
            log(.info, "port \(port.settings.name) is gone with its interface")
            _ = try change([.removePort(bridge: port.settings.bridge, port: port.settings.name, mayLack: true)])
        } else {
            log(.warning, "port \(port.settings.name) has lost its interface")
        }
    }

    /// After events were lost: every port's interface is looked at.
    private func lookAgain() {
        for port in ports.values where port.settings.kind != .patch {
            attempt("port \(port.settings.name)") { () throws(ApusError) in
                let link = try links.find(port.settings.datapathInterface)
                if let known = port.link, known.index != link?.index { try lose(port) }
                if let link, ports[port.settings.number] != nil { present(link) }
            }
        }
    }
}

extension PortSettings {
    /// The interface by which the datapath reaches the port: of a local one the other end of the host's.
    var datapathInterface: String { kind == .local ? "\(interface)-s" : interface }
}
