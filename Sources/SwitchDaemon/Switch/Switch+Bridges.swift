import LinuxSystem
import SwitchControl
import SwitchCore

extension Switch {
    func addBridge(_ settings: BridgeSettings, mayExist: Bool, _ undo: inout Undo) throws(ApusError) {
        try SettingsCheck.check(settings)
        if bridges[settings.name] != nil {
            if mayExist { return }
            throw ApusError(.conflict, "there is a bridge \(settings.name) already")
        }
        try checkNetwork(of: settings)
        try database.put(settings)
        let bridge = RunningBridge(settings)
        bridges[settings.name] = bridge
        network.set(bridge.configuration)
        undo.add { [unowned self] in
            bridges[settings.name] = nil
            try? network.remove(bridge: settings.name)
        }
    }

    func setBridge(_ settings: BridgeSettings, _ undo: inout Undo) throws(ApusError) {
        try SettingsCheck.check(settings)
        let bridge = try bridge(settings.name)
        try checkNetwork(of: settings)
        let before = bridge.settings
        try database.put(settings)
        bridge.settings = settings
        network.set(bridge.configuration)
        undo.add { [unowned self] in
            bridge.settings = before
            network.set(bridge.configuration)
        }
    }

    /// Each part is taken by itself, so that each can be put back.
    func removeBridge(_ name: String, mayLack: Bool, _ undo: inout Undo) throws(ApusError) {
        let bridge: RunningBridge
        do { bridge = try self.bridge(name) } catch {
            guard mayLack && error.code == .notFound else { throw error }
            return
        }
        let settings = bridge.settings
        for mirror in bridge.mirrors.keys { try removeMirror(mirror, from: bridge, &undo) }
        _ = try removeRules([""], isStrict: false, from: bridge, &undo)
        for port in ports(of: settings.name) { try takePort(port, &undo) }
        for meter in bridge.meters.keys { try takeMeter(meter, from: bridge, &undo) }
        try database.removeBridge(settings.name)
        bridges[settings.name] = nil
        try network.remove(bridge: settings.name)
        undo.add { [unowned self] in
            bridges[settings.name] = bridge
            network.set(bridge.configuration)
        }
    }

    private func checkNetwork(of settings: BridgeSettings) throws(ApusError) {
        if settings.network.isEmpty { return }
        if let other = bridges.values.first(where: { $0.name != settings.name && $0.settings.network == settings.network }) {
            throw ApusError(.conflict, "network \(settings.network) has a bridge already: \(other.name)")
        }
    }
}
