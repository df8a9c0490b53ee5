import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch mirror ls|add|rm`.
enum SwitchMirrors {
    static let from = Flag.list("from", value: "port", completing: SwitchGroup.port, help: "Copy what comes from this port; may be given several times")
    static let to = Flag.list("to", value: "port", completing: SwitchGroup.port, help: "Copy what leaves by this port; may be given several times")
    static let vlan = Flag.list("vlan", value: "vlans", help: "Copy frames of these VLANs only, such as 10,20-29")
    static let output = Flag.string("output", short: "o", value: "port", completing: SwitchGroup.port, help: "The port that copies leave by")
    static let outputVLAN = Flag.int("output-vlan", value: "vlan", help: "In the place of a port: the VLAN that copies are flooded in")

    static let command = Command(
        "mirror", abstract: "Manage mirrors: copies of traffic for a port", subcommands: [add, list, remove])

    private static let list = Command(
        "ls", aliases: ["list"], abstract: "List mirrors", positionals: Positionals("[BRIDGE]", completing: SwitchGroup.bridge), flags: [OutputFlags.format],
        action: { parsed in
            let mirrors = try SwitchGroup.look(parsed).mirrors(of: parsed.positionals.first ?? "")
            if let format = parsed[OutputFlags.format] {
                Commands.output(try inspection(mirrors.map(value), format: format))
            } else {
                Commands.output(mirrors.map { "\($0.bridge) \($0.name): \(text($0))" }.joined(separator: "\n"))
            }
            return 0
        })

    private static let add = Command(
        "add", abstract: "Make a mirror, or replace the one of that name; without --from and --to it copies all ports",
        positionals: Positionals("BRIDGE MIRROR", completing: SwitchGroup.bridge), flags: [from, to, vlan, output, outputVLAN],
        action: { parsed in
            var mirror = MirrorSettings()
            (mirror.bridge, mirror.name) = (parsed.positionals[0], parsed.positionals[1])
            (mirror.sources, mirror.destinations, mirror.vlans) = (parsed[from], parsed[to], try PortFlags.vlans(parsed[vlan]))
            mirror.output = parsed[output] ?? ""
            if let vlan = parsed[outputVLAN] { mirror.outputVLAN = try SwitchBridges.number(vlan, outputVLAN) }
            try SwitchGroup.look(parsed).change(.setMirror(mirror))
            return 0
        })

    private static let remove = Command(
        "rm", aliases: ["remove"], abstract: "Remove a mirror", positionals: Positionals("BRIDGE MIRROR", completing: SwitchGroup.bridge),
        action: { parsed in
            try SwitchGroup.look(parsed).change(.removeMirror(bridge: parsed.positionals[0], name: parsed.positionals[1]))
            return 0
        })

    /// What a mirror does in a few words.
    static func text(_ mirror: MirrorSettings) -> String {
        var words: [String] = []
        if !mirror.sources.isEmpty { words.append("from \(mirror.sources.joined(separator: ","))") }
        if !mirror.destinations.isEmpty { words.append("to \(mirror.destinations.joined(separator: ","))") }
        if words.isEmpty { words.append("all ports") }
        if !mirror.vlans.isEmpty { words.append("VLAN \(SwitchText.ranges(mirror.vlans))") }
        return words.joined(separator: " ") + " -> " + (mirror.output.isEmpty ? "VLAN \(mirror.outputVLAN)" : mirror.output)
    }

    /// A mirror for JSON and templates.
    static func value(_ mirror: MirrorSettings) -> Value {
        .object([
            ("bridge", .string(mirror.bridge)), ("name", .string(mirror.name)), ("from", .strings(mirror.sources)), ("to", .strings(mirror.destinations)),
            ("vlans", .array(mirror.vlans.map { .int(Int($0)) })), ("output", .string(mirror.output)), ("outputVLAN", .int(Int(mirror.outputVLAN))),
        ])
    }
}

/// `apus switch meter ls|set|rm`: limits that rules put on what they match by `meter:ID`.
enum SwitchMeters {
    static let command = Command("meter", abstract: "Manage meters, which rules limit traffic by", subcommands: [list, remove, set])

    private static let list = Command(
        "ls", aliases: ["list"], abstract: "List meters", positionals: Positionals("[BRIDGE]", completing: SwitchGroup.bridge), flags: [OutputFlags.format],
        action: { parsed in
            let rows = try SwitchGroup.look(parsed).meters(of: parsed.positionals.first ?? "").map { meter in
                Value.object([
                    ("Bridge", .string(meter.bridge)), ("ID", .int(Int(meter.id))), ("Rate", .string(SwitchText.rate(meter.rate))),
                    ("Burst", .int(Int(clamping: meter.burst))),
                ])
            }
            output(try listing.text(rows, format: parsed[OutputFlags.format]))
            return 0
        })

    private static let set = Command(
        "set", abstract: "Make a meter, or change the one of that id", positionals: Positionals("BRIDGE ID RATE", completing: SwitchGroup.bridge),
        flags: [PortFlags.burst],
        action: { parsed in
            let rate = try PortFlags.bits(parsed.positionals[2])
            let change = Change.setMeter(
                MeterSettings(bridge: parsed.positionals[0], id: try id(parsed.positionals[1]), rate: rate, burst: parsed[PortFlags.burst] ?? 0))
            try SwitchGroup.look(parsed).change(change)
            return 0
        })

    private static let remove = Command(
        "rm", aliases: ["remove"], abstract: "Remove a meter", positionals: Positionals("BRIDGE ID", completing: SwitchGroup.bridge),
        action: { parsed in
            try SwitchGroup.look(parsed).change(.removeMeter(bridge: parsed.positionals[0], id: id(parsed.positionals[1])))
            return 0
        })

    private static func id(_ text: String) throws(ApusError) -> UInt32 {
        guard let id = UInt32(text) else { throw ApusError(.invalidArgument, "\"\(text)\" is no id of a meter") }
        return id
    }

    private static let listing = Listing(
        columns: [.init("Bridge", "BRIDGE"), .init("ID", "METER"), .init("Rate", "RATE"), .init("Burst", "BURST BITS")], quietField: "ID")
}
