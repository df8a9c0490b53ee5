import CommandLine
import LinuxSystem
import SwitchControl

/// `apus switch flows`: what the datapath has cached.
enum SwitchFlows {
    static let command = Command(
        "flows", aliases: ["dump-datapath"], abstract: "Show the flows that the datapath holds", flags: [OutputFlags.format],
        action: { parsed in
            let flows = try SwitchGroup.look(parsed).megaflows().sorted { $0.packets > $1.packets }
            if let format = parsed[OutputFlags.format] {
                output(try inspection(flows.map(value), format: format))
            } else {
                output(flows.map(line).joined(separator: "\n"))
            }
            return 0
        })

    private static func line(_ flow: MegaflowReport) -> String {
        let used = flow.idle == .max ? "never" : "\(flow.idle / 1000).\(flow.idle % 1000 / 100)s"
        return "\(flow.match.isEmpty ? "any" : flow.match), packets:\(flow.packets), bytes:\(flow.bytes), used:\(used), actions:\(flow.actions)"
    }

    private static func value(_ flow: MegaflowReport) -> Value {
        .object([
            ("id", .string("0x" + String(flow.id, radix: 16))), ("match", .string(flow.match)), ("actions", .string(flow.actions)),
            ("packets", .int(Int(clamping: flow.packets))), ("bytes", .int(Int(clamping: flow.bytes))),
            ("idle", flow.idle == .max ? nil : .double(Double(flow.idle) / 1000)),
        ])
    }
}

/// `apus switch trace`: what happens to one packet, table by table.
enum SwitchTrace {
    static let command = Command(
        "trace", abstract: "Explain what happens to a packet, table by table",
        discussion: "PACKET is written as the match of a rule, such as in_port=web,tcp,nw_dst=10.0.0.2,tp_dst=80. Nothing is sent and nothing learned.",
        positionals: Positionals("BRIDGE PACKET", completing: SwitchGroup.bridge),
        action: { parsed in
            output(try SwitchGroup.look(parsed).trace(parsed.positionals[1], in: parsed.positionals[0]))
            return 0
        })
}
