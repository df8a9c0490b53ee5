import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch add-port`, `set-port`, `del-port`.
enum SwitchPortChange {
    static let kind = Flag.string(
        "type", value: "kind", completing: .words(PortKind.allCases.map { "\($0)" }),
        help: "veth, uplink, local (the host's own), tap or patch; a device of the host's hardware is an uplink where it is not given, others veth")
    static let name = Flag.string("name", help: "The port's name; the interface's where it is not given")
    static let number = Flag.int("number", value: "number", help: "The port's number; chosen by the switch where it is not given")
    static let peer = Flag.string("peer", value: "port", help: "Of a patch: the port at the other end")
    static let mayExist = Flag.bool("may-exist", help: "A port that is there already gets these settings")
    static let ifExists = Flag.bool("if-exists", help: "A port that is not there is no error")

    static let add = Command(
        "add-port", abstract: "Add a port to a bridge; print its number",
        positionals: Positionals("BRIDGE INTERFACE", completing: SwitchGroup.bridge), flags: [kind, name, number, peer, mayExist] + PortFlags.all,
        action: { parsed in
            let interface = parsed.positionals[1]
            let kind = try kind(parsed, interface)
            var port = PortSettings(bridge: parsed.positionals[0], interface: kind == .patch ? "" : interface, kind: kind)
            port.name = parsed[name] ?? interface
            port.peer = parsed[peer] ?? ""
            if let wanted = parsed[number] { port.number = try SwitchBridges.number(wanted, number) }
            port.vlanMode = .trunk
            port = try PortFlags.changed(port, parsed)
            output(String(try SwitchGroup.open(parsed).change(.addPort(port, mayExist: parsed[mayExist]))[0]))
            return 0
        })

    static let set = Command(
        "set-port", abstract: "Change the settings of a port; what no flag names stays", positionals: Positionals("PORT", completing: SwitchGroup.port),
        flags: [peer] + PortFlags.all,
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            var port = try find(parsed.positionals[0], client).settings
            if let other = parsed[peer] { port.peer = other }
            try client.change(.setPort(PortFlags.changed(port, parsed)))
            return 0
        })

    static let remove = Command(
        "del-port", abstract: "Remove a port", positionals: Positionals("[BRIDGE] PORT", completing: SwitchGroup.port), flags: [ifExists],
        action: { parsed in
            let words = parsed.positionals
            do throws(ApusError) {
                let change = Change.removePort(bridge: words.count == 2 ? words[0] : "", port: words[words.count - 1], mayLack: parsed[ifExists])
                try SwitchGroup.look(parsed).change(change)
            } catch {
                guard error.code == .notFound && parsed[ifExists] else { throw error }
            }
            return 0
        })

    private static func kind(_ parsed: ParsedCommand, _ interface: String) throws(ApusError) -> PortKind {
        guard let word = parsed[kind] else {
            if parsed.isSet(peer) { return .patch }
            return fileExists("/sys/class/net/\(interface)/device") ? .uplink : .veth
        }
        // As ovs-vsctl calls the host's own port.
        if word == "internal" { return .local }
        guard let kind = PortKind.allCases.first(where: { "\($0)" == word }) else {
            throw ApusError(.invalidArgument, "there is no kind of port \(word)", hint: PortKind.allCases.map { "\($0)" }.joined(separator: ", "))
        }
        return kind
    }

    /// The port that a user means.
    static func find(_ word: String, _ client: borrowing SwitchClient) throws(ApusError) -> PortReport {
        let ports = try client.ports()
        if let exact = ports.first(where: { $0.settings.name == word }) { return exact }
        let found = ports.filter { port in
            let settings = port.settings
            return settings.interface == word || String(settings.number) == word || settings.owner.name == word && !word.isEmpty
                || word.utf8.count >= 4 && settings.owner.id.hasPrefix(word)
        }
        if found.count > 1 {
            throw ApusError(.conflict, "\(word) is more than one port: \(found.map(\.settings.name).joined(separator: ", "))", hint: "name the port")
        }
        guard let port = found.first else { throw ApusError(.notFound, "no such port: \(word)") }
        return port
    }
}
