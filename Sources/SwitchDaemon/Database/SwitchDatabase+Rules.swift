import LinuxSystem
import SwitchControl

/// A rule on disk.
struct StoredRule: Equatable {
    var bridge: String
    var table: UInt8
    var priority: UInt16
    /// In the form in which the switch prints it: with table and priority it names the rule.
    var match: String
    /// The whole rule, in the syntax of `ovs-ofctl add-flow`.
    var rule: String
    /// Seconds since 1970 at which it was put, for its hard timeout.
    var made: Int64
}

extension SwitchDatabase {
    /// Calls `body` with every rule of a bridge.
    func forEachRule(of bridge: String, _ body: (StoredRule) throws(ApusError) -> Void) throws(ApusError) {
        try sqlite.rows("SELECT stage, priority, match, rule, made FROM rules WHERE bridge = ?", [.text(bridge)]) { row throws(ApusError) in
            try body(
                StoredRule(
                    bridge: bridge, table: row.integer(0), priority: row.integer(1), match: row.text(2), rule: row.text(3), made: row.integer(4)))
        }
    }

    /// Adds or replaces.
    func put(_ rule: StoredRule) throws(ApusError) {
        try sqlite.run(
            "INSERT OR REPLACE INTO rules (bridge, stage, priority, match, rule, made) VALUES (?, ?, ?, ?, ?, ?)",
            [.text(rule.bridge), .init(rule.table), .init(rule.priority), .text(rule.match), .text(rule.rule), .integer(rule.made)])
    }

    func removeRule(bridge: String, table: UInt8, priority: UInt16, match: String) throws(ApusError) {
        try sqlite.run(
            "DELETE FROM rules WHERE bridge = ? AND stage = ? AND priority = ? AND match = ?",
            [.text(bridge), .init(table), .init(priority), .text(match)])
    }

    func removeRules(of bridge: String) throws(ApusError) { try sqlite.run("DELETE FROM rules WHERE bridge = ?", [.text(bridge)]) }

    func mirrors(of bridge: String) throws(ApusError) -> [MirrorSettings] {
        var list: [MirrorSettings] = []
        try sqlite.rows(
            "SELECT name, sources, destinations, vlans, output, output_vlan FROM mirrors WHERE bridge = ? ORDER BY name", [.text(bridge)]
        ) { row in
            var mirror = MirrorSettings()
            (mirror.bridge, mirror.name, mirror.sources) = (bridge, row.text(0), Self.words(row.text(1)))
            (mirror.destinations, mirror.vlans) = (Self.words(row.text(2)), Self.numbers(row.text(3)))
            (mirror.output, mirror.outputVLAN) = (row.text(4), row.integer(5))
            list.append(mirror)
        }
        return list
    }

    /// Adds or replaces.
    func put(_ mirror: MirrorSettings) throws(ApusError) {
        try sqlite.run(
            "INSERT OR REPLACE INTO mirrors (bridge, name, sources, destinations, vlans, output, output_vlan) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .text(mirror.bridge), .text(mirror.name), .text(mirror.sources.joined(separator: ",")),
                .text(mirror.destinations.joined(separator: ",")), .text(Self.text(mirror.vlans)), .text(mirror.output), .init(mirror.outputVLAN),
            ])
    }

    func removeMirror(bridge: String, name: String) throws(ApusError) {
        try sqlite.run("DELETE FROM mirrors WHERE bridge = ? AND name = ?", [.text(bridge), .text(name)])
    }

    func meters(of bridge: String) throws(ApusError) -> [MeterSettings] {
        var list: [MeterSettings] = []
        try sqlite.rows("SELECT id, rate, burst FROM meters WHERE bridge = ? ORDER BY id", [.text(bridge)]) { row in
            list.append(MeterSettings(bridge: bridge, id: row.integer(0), rate: row.integer(1), burst: row.integer(2)))
        }
        return list
    }

    /// Adds or replaces.
    func put(_ meter: MeterSettings) throws(ApusError) {
        try sqlite.run(
            "INSERT OR REPLACE INTO meters (bridge, id, rate, burst) VALUES (?, ?, ?, ?)",
            [.text(meter.bridge), .init(meter.id), .init(meter.rate), .init(meter.burst)])
    }

    func removeMeter(bridge: String, id: UInt32) throws(ApusError) {
        try sqlite.run("DELETE FROM meters WHERE bridge = ? AND id = ?", [.text(bridge), .init(id)])
    }

    func staticMACs(of bridge: String) throws(ApusError) -> [MACEntry] {
        var list: [MACEntry] = []
        try sqlite.rows("SELECT vlan, mac, port FROM macs WHERE bridge = ? ORDER BY vlan, mac", [.text(bridge)]) { row in
            list.append(MACEntry(bridge: bridge, vlan: row.integer(0), mac: row.blob(1), port: row.text(2)))
        }
        return list
    }

    /// Adds or replaces.
    func put(_ entry: MACEntry) throws(ApusError) {
        try sqlite.run(
            "INSERT OR REPLACE INTO macs (bridge, vlan, mac, port) VALUES (?, ?, ?, ?)",
            [.text(entry.bridge), .init(entry.vlan), .blob(entry.mac), .text(entry.port)])
    }

    func removeMAC(bridge: String, vlan: UInt16, mac: [UInt8]) throws(ApusError) {
        try sqlite.run("DELETE FROM macs WHERE bridge = ? AND vlan = ? AND mac = ?", [.text(bridge), .init(vlan), .blob(mac)])
    }
}
