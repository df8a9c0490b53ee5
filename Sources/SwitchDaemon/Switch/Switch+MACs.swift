import LinuxSystem
import PacketCore
import SwitchControl
import SwitchCore

extension Switch {
    func addMAC(_ wanted: MACEntry, _ undo: inout Undo) throws(ApusError) {
        let bridge = try bridge(wanted.bridge)
        guard wanted.mac.count == 6, wanted.mac[0] & 1 == 0 else { throw ApusError(.invalidArgument, "a static entry needs the MAC address of one station") }
        if wanted.vlan > 4094 { throw ApusError(.invalidArgument, "\(wanted.vlan) is no VLAN") }
        var entry = wanted
        entry.bridge = bridge.name
        entry.port = try port(wanted.port, in: entry.bridge).settings.name
        entry.isStatic = true
        try database.put(entry)
        let before = bridge.staticMACs
        bridge.staticMACs.removeAll { $0.mac == entry.mac && $0.vlan == entry.vlan }
        bridge.staticMACs.append(entry)
        renewMACs(of: bridge)
        undo.add { [unowned self] in
            bridge.staticMACs = before
            _ = network.bridges[bridge.name]?.addresses.remove(vlan: entry.vlan, MACAddress(entry.mac))
            renewMACs(of: bridge)
        }
    }

    func removeMAC(_ mac: [UInt8], vlan: UInt16, from bridge: RunningBridge, _ undo: inout Undo) throws(ApusError) {
        guard mac.count == 6 else { throw ApusError(.invalidArgument, "a MAC address has six bytes") }
        let before = bridge.staticMACs
        guard try network.bridge(bridge.name).addresses.remove(vlan: vlan, MACAddress(mac)) else {
            throw ApusError(.notFound, "bridge \(bridge.name) has no such entry in its MAC table")
        }
        bridge.staticMACs.removeAll { $0.mac == mac && $0.vlan == vlan }
        undo.add { [unowned self] in
            bridge.staticMACs = before
            renewMACs(of: bridge)
        }
        try database.removeMAC(bridge: bridge.name, vlan: vlan, mac: mac)
    }

    /// Forgets what was learned; static entries stay.
    func flushMACs(of bridges: [RunningBridge]) throws(ApusError) {
        for bridge in bridges { try network.bridge(bridge.name).addresses.flush() }
    }

    /// Puts the static entries of a bridge into its table, as far as their ports are there.
    func renewMACs(of bridge: RunningBridge) {
        for entry in bridge.staticMACs {
            guard let port = try? port(entry.port, in: bridge.name) else { continue }
            network.bridges[bridge.name]?.addresses.setStatic(vlan: entry.vlan, MACAddress(entry.mac), at: port.number)
        }
    }

    /// The MAC table of a bridge, by port, VLAN and address.
    func macs(of bridge: RunningBridge) -> [MACEntry] {
        let now = monotonicNanoseconds()
        let entries = network.bridges[bridge.name]?.addresses.all ?? []
        return entries.sorted { ($0.port, $0.vlan, $0.mac) < ($1.port, $1.vlan, $1.mac) }.map { entry in
            let port = ports[entry.port.rawValue]?.settings.name ?? String(entry.port.rawValue)
            var line = MACEntry(bridge: bridge.name, vlan: entry.vlan, mac: entry.mac.bytes, port: port)
            line.isStatic = entry.isStatic
            line.age = entry.isStatic ? 0 : UInt32(clamping: (now - min(now, entry.used)) / 1_000_000_000)
            return line
        }
    }
}
