import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch fdb`: the MAC table of bridges, shown and changed.
enum SwitchMACs {
    static let flush = Flag.bool("flush", help: "Forget what was learned")
    static let add = Flag.list("add", value: "entry", help: "Put a static entry: MAC=PORT, or MAC,VLAN=PORT")
    static let remove = Flag.list("del", value: "entry", help: "Remove an entry: MAC, or MAC,VLAN")

    static let command = Command(
        "fdb", aliases: ["macs"], abstract: "Show or change where MAC addresses are", positionals: Positionals("[BRIDGE]", completing: SwitchGroup.bridge),
        flags: [flush, add, remove, OutputFlags.format],
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            let bridge = parsed.positionals.first ?? ""
            let changes = try changes(parsed, bridge)
            if !changes.isEmpty {
                try client.change(changes)
                return 0
            }
            output(try listing.text(try client.macs(of: bridge).map(row), format: parsed[OutputFlags.format]))
            return 0
        })

    private static func changes(_ parsed: ParsedCommand, _ bridge: String) throws(ApusError) -> [Change] {
        var changes: [Change] = []
        if parsed[flush] { changes.append(.flushMACs(bridge: bridge)) }
        for text in parsed[remove] {
            let (mac, vlan) = try station(text)
            changes.append(.removeMAC(bridge: bridge, vlan: vlan, mac: mac))
        }
        for text in parsed[add] {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ApusError(.invalidArgument, "\"\(text)\" is no entry", hint: "such as 02:00:00:00:00:01,10=web") }
            let (mac, vlan) = try station(parts[0])
            changes.append(.addMAC(MACEntry(bridge: bridge, vlan: vlan, mac: mac, port: parts[1])))
        }
        if bridge.isEmpty && !(parsed[add].isEmpty && parsed[remove].isEmpty) { throw ApusError(.invalidArgument, "name the bridge whose table is to change") }
        return changes
    }

    private static func station(_ text: String) throws(ApusError) -> (mac: [UInt8], vlan: UInt16) {
        let parts = text.split(separator: ",", maxSplits: 1).map(String.init)
        guard let mac = parts.first.flatMap({ SwitchText.bytes(mac: $0) }) else {
            throw ApusError(.invalidArgument, "\"\(text)\" does not begin with a MAC address")
        }
        guard parts.count == 1 || UInt16(parts[1]).map({ $0 <= 4094 }) == true else { throw ApusError(.invalidArgument, "\"\(parts[1])\" is no VLAN") }
        return (mac, parts.count == 1 ? 0 : UInt16(parts[1]) ?? 0)
    }

    private static func row(_ entry: MACEntry) -> Value {
        .object([
            ("Bridge", .string(entry.bridge)), ("VLAN", .int(Int(entry.vlan))), ("MAC", .string(SwitchText.mac(entry.mac))), ("Port", .string(entry.port)),
            ("Age", entry.isStatic ? "static" : .string(String(entry.age))),
        ])
    }

    private static let listing = Listing(
        columns: [.init("Bridge", "BRIDGE"), .init("Port", "PORT"), .init("VLAN", "VLAN"), .init("MAC", "MAC"), .init("Age", "AGE")], quietField: "MAC")
}
