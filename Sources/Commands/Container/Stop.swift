import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// `apus stop` and `apus restart`.
enum Stop {
    static let time = Flag.int("time", short: "t", help: "Seconds to wait before killing the container")
    static let signal = Flag.string("signal", short: "s", help: "Signal to send to the container")

    static let command = Command(
        "stop", abstract: "Stop one or more running containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [time, signal],
        action: { parsed in
            forEachContainer(parsed) { engine, record throws(ApusError) in try stop(parsed, engine, record) }
        })

    static let restart = Command(
        "restart", abstract: "Restart one or more containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [time, signal],
        action: { parsed in
            forEachContainer(parsed) { engine, record throws(ApusError) in
                try stop(parsed, engine, record)
                guard let container = try engine.claim(record) else {
                    throw ApusError(.conflict, "cannot restart container \(record.name): another process started it meanwhile")
                }
                _ = try engine.start(container, monitor: try engine.startMonitor(network: record.settings.network), ContainerStart.Options())
            }
        })

    private static func stop(_ parsed: ParsedCommand, _ engine: Engine, _ record: ContainerRecord) throws(ApusError) {
        let signal = try parsed[signal].map { name throws(ApusError) in try Signal(name) }
        try engine.stop(record, timeout: parsed[time], signal: signal)
    }
}
