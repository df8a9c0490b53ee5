import LinuxSystem
import SwitchControl
import SwitchCore

extension Switch {
    func setMirror(_ wanted: MirrorSettings, _ undo: inout Undo) throws(ApusError) {
        let bridge = try bridge(wanted.bridge)
        var mirror = wanted
        mirror.bridge = bridge.name
        try SettingsCheck.check(mirror)
        // By their own names from here on, which do not change as those of containers may.
        for path in [\MirrorSettings.sources, \.destinations] {
            var names: [String] = []
            for word in mirror[keyPath: path] { names.append(try port(word, in: mirror.bridge).settings.name) }
            mirror[keyPath: path] = names
        }
        if !mirror.output.isEmpty { mirror.output = try port(mirror.output, in: mirror.bridge).settings.name }
        try database.put(mirror)
        let before = bridge.mirrors[mirror.name]
        bridge.mirrors[mirror.name] = mirror
        renewMirrors(of: bridge)
        undo.add { [unowned self] in
            bridge.mirrors[mirror.name] = before
            renewMirrors(of: bridge)
        }
    }

    func removeMirror(_ name: String, from bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) {
        guard let before = bridge.mirrors.removeValue(forKey: name) else {
            throw ApusError(.notFound, "bridge \(bridge.name) has no mirror \(name)")
        }
        undo.add { [unowned self] in
            bridge.mirrors[name] = before
            renewMirrors(of: bridge)
        }
        try database.removeMirror(bridge: bridge.name, name: name)
        renewMirrors(of: bridge)
    }

    /// Tells the slow path about the mirrors of a bridge, as far as their ports are there.
    func renewMirrors(of bridge: RunningBridge) {
        guard let decided = network.bridges[bridge.name] else { return }
        let wanted = bridge.mirrors.values.compactMap { mirror(from: $0) }
        for mirror in decided.mirrors where !wanted.contains(where: { $0.name == mirror.name }) { try? network.remove(mirror: mirror.name, in: bridge.name) }
        for mirror in wanted where !decided.mirrors.contains(mirror) { try? network.set(mirror, in: bridge.name) }
    }

    /// Nil while the output is not there, or none of the ports that it is about.
    private func mirror(from settings: MirrorSettings) -> Mirror? {
        func number(_ name: String) -> PortNumber? { (try? port(name, in: settings.bridge))?.number }
        var mirror: Mirror
        if settings.output.isEmpty {
            mirror = Mirror(name: settings.name, output: .vlan(settings.outputVLAN))
        } else {
            guard let output = number(settings.output) else { return nil }
            mirror = Mirror(name: settings.name, output: .port(output))
        }
        (mirror.sources, mirror.destinations) = (Set(settings.sources.compactMap(number)), Set(settings.destinations.compactMap(number)))
        mirror.vlans = VLANSet(settings.vlans)
        // Of no port would be of all.
        let isOfPorts = !(settings.sources.isEmpty && settings.destinations.isEmpty)
        return isOfPorts && mirror.sources.isEmpty && mirror.destinations.isEmpty ? nil : mirror
    }
}
