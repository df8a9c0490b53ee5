import CommandLine
import Glibc
import LinuxSystem
import SwitchControl

/// `apus switch stats`: what passed each port, and why packets were dropped.
enum SwitchStats {
    static let drops = Flag.bool("drops", help: "Show only why packets were dropped")
    static let all = Flag.bool("all", short: "a", help: "Show also the reasons for which nothing was dropped")

    static let command = Command(
        "stats", abstract: "Show what passed the ports, and why packets were dropped", positionals: Positionals("[PORT...]", completing: SwitchGroup.port),
        flags: [drops, all, OutputFlags.format],
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            var ports: [PortReport] = []
            if parsed.positionals.isEmpty { ports = try client.ports() }
            for word in parsed.positionals { ports.append(try SwitchPortChange.find(word, client)) }
            let reasons = try client.drops().filter { parsed[all] || $0.packets > 0 }
            if parsed[OutputFlags.format] == "json" {
                output(value(ports, reasons).json())
                return 0
            }
            var text = ""
            if !parsed[drops] { text += try listing.text(ports.map(row), format: parsed[OutputFlags.format]) }
            if parsed.positionals.isEmpty && (parsed[OutputFlags.format] ?? "").isEmpty {
                if !text.isEmpty && !reasons.isEmpty { text += "\n" }
                if !reasons.isEmpty {
                    text += Table.aligned((["DROPPED BECAUSE\tPACKETS"] + reasons.map { "\($0.reason)\t\($0.packets)" }).joined(separator: "\n"))
                }
            }
            output(text)
            return 0
        })

    private static func value(_ ports: [PortReport], _ reasons: [DropReport]) -> Value {
        .object([
            ("schemaVersion", 1), ("ports", .array(ports.map(row))),
            ("drops", .object(Value.Object(reasons.map { ($0.reason, .int(Int(clamping: $0.packets))) }, isMap: true))),
        ])
    }

    static func row(_ port: PortReport) -> Value {
        let counters = port.counters
        return .object([
            ("Name", .string(port.settings.name)), ("Bridge", .string(port.settings.bridge)), ("Container", .string(port.settings.owner.name)),
            ("RxPackets", .int(Int(clamping: counters.receivedPackets))), ("RxBytes", .int(Int(clamping: counters.receivedBytes))),
            ("TxPackets", .int(Int(clamping: counters.sentPackets))), ("TxBytes", .int(Int(clamping: counters.sentBytes))),
            ("Dropped", .int(Int(clamping: counters.dropped))),
        ])
    }

    private static let listing = Listing(
        columns: [
            .init("Name", "PORT"), .init("Bridge", "BRIDGE"), .init("Container", "CONTAINER"), .init("RxPackets", "RX PACKETS"), .init("RxBytes", "RX BYTES"),
            .init("TxPackets", "TX PACKETS"), .init("TxBytes", "TX BYTES"), .init("Dropped", "DROPPED"),
        ], quietField: "Name")
}

/// `apus switch top`: the rates of the ports, again and again.
enum SwitchTop {
    static let once = Flag.bool("no-stream", help: "Show the rates of one second and end")
    static let interval = Flag.int("interval", short: "i", value: "seconds", default: 1, help: "Seconds between two looks")

    static let command = Command(
        "top", abstract: "Display a live table of what passes the ports", positionals: Positionals("[BRIDGE]", completing: SwitchGroup.bridge),
        flags: [once, interval],
        action: { parsed in
            let client = try SwitchGroup.look(parsed)
            let bridge = parsed.positionals.first ?? ""
            let seconds = parsed[interval]
            guard (1...3600).contains(seconds) else { throw ApusError(.invalidArgument, "--interval must be from 1 to 3600 seconds") }
            var before = try sample(client, bridge)
            let isScreen = !parsed[once] && isatty(1) == 1
            var isFirst = true
            while true {
                sleep(UInt32(seconds))
                let now = try sample(client, bridge)
                let text = table(from: before, to: now)
                output(isScreen ? Stats.screen(text, clears: isFirst) : text)
                (before, isFirst) = (now, false)
                if parsed[once] { return 0 }
            }
        })

    struct Sample {
        var time: UInt64
        var ports: [PortReport]
        var drops: UInt64
    }

    private static func sample(_ client: borrowing SwitchClient, _ bridge: String) throws(ApusError) -> Sample {
        let ports = try client.ports(of: bridge)
        return Sample(time: monotonicNanoseconds(), ports: ports, drops: try client.drops().reduce(0) { $0 + $1.packets })
    }

    /// The busiest first.
    static func table(from before: Sample, to now: Sample) -> String {
        let seconds = Double(max(1, now.time - before.time)) / 1e9
        var rows: [(busy: Double, text: String)] = []
        for port in now.ports {
            let old = before.ports.first { $0.settings.number == port.settings.number && $0.settings.name == port.settings.name }?.counters ?? port.counters
            func rate(_ path: KeyPath<PortCounters, UInt64>) -> Double {
                let (new, last) = (port.counters[keyPath: path], old[keyPath: path])
                return new < last ? 0 : Double(new - last) / seconds
            }
            let cells = [
                port.settings.name, port.settings.owner.name, String(Int(rate(\.receivedPackets))), SwitchText.rate(UInt64(rate(\.receivedBytes) * 8)),
                String(Int(rate(\.sentPackets))), SwitchText.rate(UInt64(rate(\.sentBytes) * 8)), String(Int(rate(\.dropped))),
            ]
            rows.append((rate(\.receivedPackets) + rate(\.sentPackets), cells.joined(separator: "\t")))
        }
        let dropped = now.drops < before.drops ? 0 : Double(now.drops - before.drops) / seconds
        let titles = "PORT\tCONTAINER\tRX PACKETS/s\tRX\tTX PACKETS/s\tTX\tDROPPED/s"
        return Table.aligned(([titles] + rows.sorted { $0.busy > $1.busy }.map(\.text)).joined(separator: "\n")) + "\n\(Int(dropped)) packets dropped a second"
    }
}
