import LinuxSystem
import SwitchControl

extension SwitchDatabase {
    func bridges() throws(ApusError) -> [BridgeSettings] {
        var list: [BridgeSettings] = []
        try sqlite.rows("SELECT name, network, mac_ageing, mac_limit, secure, boot FROM bridges ORDER BY name") { row in
            var bridge = BridgeSettings(name: row.text(0), network: row.text(1), isEphemeral: !row.text(5).isEmpty)
            (bridge.macAgeing, bridge.macLimit, bridge.isSecure) = (row.integer(2), row.integer(3), row.flag(4))
            list.append(bridge)
        }
        return list
    }

    /// Adds or replaces.
    func put(_ bridge: BridgeSettings) throws(ApusError) {
        // No REPLACE: it would remove the row first, and its ports with it.
        try sqlite.run(
            """
            INSERT INTO bridges (name, network, mac_ageing, mac_limit, secure, boot) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
                network = excluded.network, mac_ageing = excluded.mac_ageing, mac_limit = excluded.mac_limit, secure = excluded.secure, boot = excluded.boot
            """,
            [
                .text(bridge.name), .text(bridge.network), .init(bridge.macAgeing), .init(bridge.macLimit), .init(bridge.isSecure),
                .text(bridge.isEphemeral ? boot : ""),
            ])
    }

    /// Removes a bridge with all that belongs to it.
    func removeBridge(_ name: String) throws(ApusError) { try sqlite.run("DELETE FROM bridges WHERE name = ?", [.text(name)]) }

    func ports() throws(ApusError) -> [PortSettings] {
        var list: [PortSettings] = []
        try sqlite.rows(
            """
            SELECT number, name, bridge, interface, kind, vlan_mode, tag, trunks, mac, addresses, guards_source, trusts_servers, isolated, rate, burst,
                mac_limit, storm_limit, peer, host_addresses, owner_id, owner_name, aliases, boot FROM ports ORDER BY number
            """
        ) { row throws(ApusError) in
            guard let kind = PortKind(rawValue: row.integer(4)), let mode = PortVLANMode(rawValue: row.integer(5)) else {
                throw ApusError(.malformed, "port \(row.text(1)) of the switch's database is of a kind that this version does not know")
            }
            var port = PortSettings(bridge: row.text(2), interface: row.text(3), kind: kind)
            (port.number, port.name, port.vlanMode, port.tag) = (row.integer(0), row.text(1), mode, row.integer(6))
            (port.trunks, port.mac, port.addresses) = (Self.numbers(row.text(7)), row.blob(8), Self.addresses(row.text(9)))
            (port.guardsSource, port.trustsServers, port.isIsolated) = (row.flag(10), row.flag(11), row.flag(12))
            (port.rate, port.burst, port.macLimit, port.stormLimit) = (row.integer(13), row.integer(14), row.integer(15), row.integer(16))
            (port.peer, port.hostAddresses) = (row.text(17), Self.words(row.text(18)))
            port.owner = PortOwner(id: row.text(19), name: row.text(20), aliases: Self.words(row.text(21)))
            port.isEphemeral = !row.text(22).isEmpty
            list.append(port)
        }
        return list
    }

    /// Adds or replaces the port of that number.
    func put(_ port: PortSettings) throws(ApusError) {
        try sqlite.run(
            """
            INSERT INTO ports (number, name, bridge, interface, kind, vlan_mode, tag, trunks, mac, addresses, guards_source, trusts_servers, isolated,
                rate, burst, mac_limit, storm_limit, peer, host_addresses, owner_id, owner_name, aliases, boot)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET
                name = excluded.name, bridge = excluded.bridge, interface = excluded.interface, kind = excluded.kind, vlan_mode = excluded.vlan_mode,
                tag = excluded.tag, trunks = excluded.trunks, mac = excluded.mac, addresses = excluded.addresses,
                guards_source = excluded.guards_source, trusts_servers = excluded.trusts_servers, isolated = excluded.isolated, rate = excluded.rate,
                burst = excluded.burst, mac_limit = excluded.mac_limit, storm_limit = excluded.storm_limit, peer = excluded.peer,
                host_addresses = excluded.host_addresses, owner_id = excluded.owner_id, owner_name = excluded.owner_name, aliases = excluded.aliases,
                boot = excluded.boot
            """,
            [
                .init(port.number), .text(port.name), .text(port.bridge), .text(port.interface), .init(port.kind.rawValue), .init(port.vlanMode.rawValue),
                .init(port.tag), .text(Self.text(port.trunks)), .blob(port.mac), .text(Self.text(port.addresses)), .init(port.guardsSource),
                .init(port.trustsServers), .init(port.isIsolated), .init(port.rate), .init(port.burst), .init(port.macLimit), .init(port.stormLimit),
                .text(port.peer), .text(port.hostAddresses.joined(separator: ",")), .text(port.owner.id), .text(port.owner.name),
                .text(port.owner.aliases.joined(separator: ",")), .text(port.isEphemeral ? boot : ""),
            ])
    }

    /// Removes a port with its static MAC addresses.
    func removePort(_ number: UInt32) throws(ApusError) { try sqlite.run("DELETE FROM ports WHERE number = ?", [.init(number)]) }

    // Lists are texts with commas, so that `sqlite3` shows them to people.

    static func words(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    static func numbers(_ text: String) -> [UInt16] { text.split(separator: ",").compactMap { UInt16($0) } }

    static func text(_ numbers: [UInt16]) -> String { numbers.map(String.init).joined(separator: ",") }

    /// Addresses as hexadecimal digits.
    static func addresses(_ text: String) -> [[UInt8]] {
        text.split(separator: ",").map { digits in
            stride(from: 0, to: digits.utf8.count - 1, by: 2).compactMap { offset in
                let start = digits.index(digits.startIndex, offsetBy: offset)
                return UInt8(digits[start...].prefix(2), radix: 16)
            }
        }
    }

    static func text(_ addresses: [[UInt8]]) -> String {
        addresses.map { address in address.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }.joined(separator: ",")
    }
}
