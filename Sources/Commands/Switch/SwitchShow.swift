import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch show`: the daemon, its bridges and ports.
enum SwitchShow {
    static let format = Flag.string("format", help: "Format output: 'json', 'dot' (a graph for Graphviz), or 'TEMPLATE' (Go templates)")

    static let command = Command(
        "show", abstract: "Show the switch with its bridges and ports", flags: [format],
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            let view = SwitchView(state: try client.state(), bridges: try client.bridges(), ports: try client.ports(), mirrors: try client.mirrors())
            switch parsed[format] ?? "" {
            case "": output(text(view))
            case "dot": output(view.dot)
            case let format: output(try inspectionLine(view.value, format: format))
            }
            return 0
        })

    static func text(_ view: SwitchView) -> String {
        let state = view.state
        var lines = [
            "apus-switchd \(state.version), pid \(state.pid), datapath \(state.datapath), up \(humanDuration(seconds: Double(state.uptime)))",
            "\(state.flows) flows, \(state.upcalls) packets to the slow path",
        ]
        if !state.remark.isEmpty { lines.append("note: \(state.remark)") }
        for bridge in view.bridges {
            lines.append("Bridge \(bridge.name)" + (bridge.network.isEmpty ? "" : " (network \(bridge.network))") + (bridge.isSecure ? ", secure" : ""))
            let rows = view.ports.filter { $0.settings.bridge == bridge.name }.map { row($0) }
            if !rows.isEmpty {
                lines += Table.aligned(rows.joined(separator: "\n"), minimumWidth: 4).split(separator: "\n").map { "    \(trimmed($0))" }
            }
            for mirror in view.mirrors where mirror.bridge == bridge.name { lines.append("    Mirror \(mirror.name): \(SwitchMirrors.text(mirror))") }
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ port: PortReport) -> String {
        let settings = port.settings
        let what = settings.owner.name.isEmpty ? (settings.kind == .patch ? "to \(settings.peer)" : "") : settings.owner.name
        let addresses = settings.hostAddresses + settings.addresses.map(SwitchText.address)
        let facts = [SwitchText.vlans(settings)] + addresses + SwitchText.restrictions(settings)
        let state = settings.kind == .patch ? "" : port.isUp ? "up" : "down"
        return [String(settings.number), settings.name, "\(settings.kind)", what, state, facts.filter { !$0.isEmpty }.joined(separator: ", ")]
            .joined(separator: "\t")
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while line.last == " " { line = line.dropLast() }
        return line
    }
}

/// All that `show` shows.
struct SwitchView {
    var state: SwitchState
    var bridges: [BridgeSettings]
    var ports: [PortReport]
    var mirrors: [MirrorSettings]

    /// For JSON and templates.
    var value: Value {
        .object([
            ("schemaVersion", 1), ("pid", .int(Int(state.pid))), ("version", .string(state.version)), ("datapath", .string(state.datapath)),
            ("remark", .string(state.remark)), ("uptime", .int(Int(clamping: state.uptime))), ("flows", .int(Int(clamping: state.flows))),
            ("upcalls", .int(Int(clamping: state.upcalls))),
            (
                "bridges",
                .array(
                    bridges.map { bridge in
                        .object([
                            ("name", .string(bridge.name)), ("network", .string(bridge.network)), ("macAgeing", .int(Int(bridge.macAgeing))),
                            ("macLimit", .int(Int(bridge.macLimit))), ("secure", .bool(bridge.isSecure)), ("ephemeral", .bool(bridge.isEphemeral)),
                            ("ports", .array(ports.filter { $0.settings.bridge == bridge.name }.map(SwitchView.value))),
                            ("mirrors", .array(mirrors.filter { $0.bridge == bridge.name }.map(SwitchMirrors.value))),
                        ])
                    })
            ),
        ])
    }

    /// A port for JSON and templates.
    static func value(_ port: PortReport) -> Value {
        let settings = port.settings
        return .object([
            ("number", .int(Int(settings.number))), ("name", .string(settings.name)), ("interface", .string(settings.interface)),
            ("kind", .string("\(settings.kind)")), ("index", .int(Int(port.index))), ("up", .bool(port.isUp)),
            ("container", .string(settings.owner.id)), ("containerName", .string(settings.owner.name)), ("aliases", .strings(settings.owner.aliases)),
            ("vlanMode", .string(SwitchText.name(settings.vlanMode))), ("tag", .int(Int(settings.tag))),
            ("trunks", .array(settings.trunks.map { .int(Int($0)) })), ("mac", .string(SwitchText.mac(settings.mac))),
            ("addresses", .strings(settings.addresses.map(SwitchText.address))), ("hostAddresses", .strings(settings.hostAddresses)),
            ("guarded", .bool(settings.guardsSource)), ("servers", .bool(settings.trustsServers)), ("isolated", .bool(settings.isIsolated)),
            ("rate", .int(Int(clamping: settings.rate))), ("burst", .int(Int(clamping: settings.burst))), ("macLimit", .int(Int(settings.macLimit))),
            ("stormLimit", .int(Int(settings.stormLimit))), ("peer", .string(settings.peer)), ("ephemeral", .bool(settings.isEphemeral)),
        ])
    }

    /// The topology for Graphviz: bridges as boxes, what they connect around them.
    var dot: String {
        var lines = ["graph switch {", "    rankdir=LR;", "    node [shape=box];"]
        for bridge in bridges {
            let label = bridge.network.isEmpty ? bridge.name : "\(bridge.name)\\nnetwork \(bridge.network)"
            lines.append("    \"bridge \(bridge.name)\" [label=\"\(label)\", style=bold];")
        }
        for port in ports {
            let settings = port.settings
            let end: String
            switch settings.kind {
            case .patch:
                // One line between two bridges, drawn from the port whose name comes first.
                guard let peer = ports.first(where: { $0.settings.name == settings.peer })?.settings, settings.name < peer.name else { continue }
                lines.append("    \"bridge \(settings.bridge)\" -- \"bridge \(peer.bridge)\" [label=\"\(settings.name) - \(peer.name)\"];")
                continue
            case .local: end = "host \(settings.interface)"
            default: end = settings.owner.name.isEmpty ? "interface \(settings.interface)" : "container \(settings.owner.name)"
            }
            let addresses = (settings.hostAddresses + settings.addresses.map(SwitchText.address)).map { "\\n\($0)" }.joined()
            lines.append("    \"\(end)\" [label=\"\(end)\(addresses)\", shape=\(settings.kind == .local ? "house" : "ellipse")];")
            let vlans = SwitchText.vlans(settings)
            let label = "\(settings.number)" + (vlans.isEmpty ? "" : "\\n\(vlans)")
            lines.append("    \"bridge \(settings.bridge)\" -- \"\(end)\" [label=\"\(label)\"\(port.isUp ? "" : ", style=dashed")];")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }
}
