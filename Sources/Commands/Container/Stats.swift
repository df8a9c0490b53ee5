import CommandLine
import Engine
import Glibc
import LinuxSystem

/// `apus stats`: what containers use, once or as a live table.
enum Stats {
    static let all = Flag.bool("all", short: "a", help: "Show all containers (default shows just running)")
    static let noStream = Flag.bool("no-stream", help: "Disable streaming stats and only pull the first result")

    static let command = Command(
        "stats", abstract: "Display a live stream of container(s) resource usage statistics",
        positionals: Positionals("[CONTAINER...]", completing: .container), flags: [all, OutputFlags.format, noStream, OutputFlags.noTrunc],
        action: { try run($0) })

    private static func run(_ parsed: ParsedCommand) throws -> Int32 {
        var meter = Meter(engine: Globals.engine(parsed), hostMemory: try HostMemory.total())
        let format = parsed[OutputFlags.format]
        let isTable = (format ?? "").isEmpty || format?.hasPrefix("table") == true
        let isScreen = isTable && !parsed[noStream] && isatty(1) == 1
        var targets = try targets(parsed, meter.engine)
        try meter.measure(targets)
        var isFirst = true
        while true {
            usleep(1_000_000)
            if parsed.positionals.isEmpty { targets = try self.targets(parsed, meter.engine) }
            let rows = try meter.measure(targets)
            let text = try StatsRow.listing.text(rows, format: format, noTrunc: parsed[OutputFlags.noTrunc])
            output(isScreen ? screen(text, clears: isFirst) : text)
            isFirst = false
            if parsed[noStream] || !parsed.positionals.isEmpty && !parsed[all] && rows.isEmpty { return 0 }
        }
    }

    /// The table at the top of the screen, each line ending what stood there before: so nothing flickers.
    static func screen(_ text: String, clears: Bool) -> String {
        let lines = text.split(separator: "\n").joined(separator: "\u{1B}[K\n")
        return "\(clears ? "\u{1B}[2J" : "")\u{1B}[H\(lines)\u{1B}[J\n"
    }

    /// A container and how the user named it.
    struct Target {
        var record: ContainerRecord
        var reference: String
        /// Whether it is shown although it does not run.
        var isShownStopped: Bool
    }

    private static func targets(_ parsed: ParsedCommand, _ engine: Engine) throws(ApusError) -> [Target] {
        if parsed.positionals.isEmpty {
            return try engine.containers.views(runningOnly: !parsed[all]).map {
                Target(record: $0.record, reference: $0.record.id, isShownStopped: parsed[all])
            }
        }
        var targets: [Target] = []
        for reference in parsed.positionals {
            let record = try engine.containers.find(reference)
            if !parsed[all], try !engine.containers.state(of: record).isRunning {
                throw ApusError(.conflict, "container \(record.name) is not running", hint: "use --all to show it nevertheless")
            }
            targets.append(Target(record: record, reference: reference, isShownStopped: parsed[all]))
        }
        return targets
    }

    /// Keeps the last sample of each container.
    struct Meter {
        let engine: Engine
        let hostMemory: UInt64
        private var last: [String: ContainerSample] = [:]

        init(engine: Engine, hostMemory: UInt64) {
            self.engine = engine
            self.hostMemory = hostMemory
        }

        /// Samples all containers, one right after the other, and returns the rows since the last time.
        @discardableResult
        mutating func measure(_ targets: [Target]) throws(ApusError) -> [Value] {
            var samples: [String: ContainerSample] = [:]
            var rows: [Value] = []
            for target in targets {
                guard let sample = try engine.sample(target.record) else {
                    if target.isShownStopped { rows.append(StatsRow.value(target.record, reference: target.reference, nil)) }
                    continue
                }
                samples[target.record.id] = sample
                let usage = ContainerUsage(from: last[target.record.id] ?? sample, to: sample, hostMemory: hostMemory)
                rows.append(StatsRow.value(target.record, reference: target.reference, usage))
            }
            last = samples
            return rows
        }
    }
}
