import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch list-br`, `add-br`, `set-br`, `del-br`: bridges without containers.
enum SwitchBridges {
    static let ageing = Flag.int("ageing", value: "seconds", help: "Seconds after which a learned MAC address is forgotten (default 300); 0 learns nothing")
    static let macLimit = Flag.int("mac-limit", value: "number", help: "How many MAC addresses are learned at most (default 8192)")
    static let secure = Flag.bool("secure", help: "Without rules drop everything, and do not behave as a learning switch")
    static let mayExist = Flag.bool("may-exist", help: "A bridge that is there already is no error")
    static let ifExists = Flag.bool("if-exists", help: "A bridge that is not there is no error")

    static let list = Command(
        "list-br", aliases: ["bridges"], abstract: "List bridges", flags: [OutputFlags.format],
        action: { parsed in
            let rows = try SwitchGroup.look(parsed).bridges().map { bridge in
                Value.object([
                    ("Name", .string(bridge.name)), ("Network", .string(bridge.network)), ("Ageing", .int(Int(bridge.macAgeing))),
                    ("MACLimit", .int(Int(bridge.macLimit))), ("Secure", .bool(bridge.isSecure)),
                ])
            }
            output(try listing.text(rows, format: parsed[OutputFlags.format]))
            return 0
        })

    static let add = Command(
        "add-br", abstract: "Make a bridge", positionals: "BRIDGE", flags: [ageing, macLimit, secure, mayExist],
        action: { parsed in
            let settings = try changed(BridgeSettings(name: parsed.positionals[0]), parsed)
            try SwitchGroup.open(parsed).change(.addBridge(settings, mayExist: parsed[mayExist]))
            return 0
        })

    static let set = Command(
        "set-br", abstract: "Change the settings of a bridge", positionals: Positionals("BRIDGE", completing: SwitchGroup.bridge),
        flags: [ageing, macLimit, secure],
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            let name = parsed.positionals[0]
            guard let bridge = try client.bridges().first(where: { $0.name == name || $0.network == name }) else {
                throw ApusError(.notFound, "no such bridge: \(name)")
            }
            try client.change(.setBridge(changed(bridge, parsed)))
            return 0
        })

    static let remove = Command(
        "del-br", abstract: "Remove a bridge with its ports, rules and mirrors", positionals: Positionals("BRIDGE", completing: SwitchGroup.bridge),
        flags: [ifExists],
        action: { parsed in
            let name = parsed.positionals[0]
            do throws(ApusError) {
                try SwitchGroup.look(parsed).change(.removeBridge(name, mayLack: parsed[ifExists]))
            } catch {
                guard error.code == .notFound && parsed[ifExists] else { throw error }
            }
            return 0
        })

    private static func changed(_ settings: BridgeSettings, _ parsed: ParsedCommand) throws(ApusError) -> BridgeSettings {
        var settings = settings
        if let seconds = parsed[ageing] { settings.macAgeing = try number(seconds, ageing) }
        if let limit = parsed[macLimit] { settings.macLimit = try number(limit, macLimit) }
        if parsed.isSet(secure) { settings.isSecure = parsed[secure] }
        return settings
    }

    /// A value of a flag that fits its place in the settings.
    static func number<Number: FixedWidthInteger>(_ value: Int, _ flag: some DeclaredFlag) throws(ApusError) -> Number {
        guard let number = Number(exactly: value) else { throw ApusError(.invalidArgument, "\(value) is out of range for --\(flag.declaration.name)") }
        return number
    }

    private static let listing = Listing(
        columns: [.init("Name", "BRIDGE"), .init("Network", "NETWORK"), .init("Ageing", "AGEING"), .init("MACLimit", "MAC LIMIT"), .init("Secure", "SECURE")],
        quietField: "Name")
}
