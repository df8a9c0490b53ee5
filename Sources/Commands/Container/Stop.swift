import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// `apus stop` and `apus restart`.
enum Stop {
    static let timeout = Flag.int("timeout", short: "t", help: "Seconds to wait before killing the container; -1 waits for ever")
    /// The name of `--timeout` before Docker 28.
    static let time = Flag.int("time", hidden: true, help: "Seconds to wait before killing the container; -1 waits for ever")
    static let signal = Flag.string("signal", short: "s", help: "Signal to send to the container")

    static let command = Command(
        "stop", abstract: "Stop one or more running containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [timeout, time, signal],
        action: { parsed in
            let begin = try beginning(parsed)
            return forEachContainer(parsed, first: begin) { _, _, stopping throws(ApusError) in try stopping?.finish() }
        })

    static let restart = Command(
        "restart", abstract: "Restart one or more containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [timeout, time, signal],
        action: { parsed in
            let begin = try beginning(parsed)
            return forEachContainer(parsed) { engine, record throws(ApusError) -> StoppingContainer? in
                if record.settings.autoRemove, try engine.containers.state(of: record).isRunning {
                    throw ApusError(.conflict, "cannot restart container \(record.name): with --rm it is removed when it stops")
                }
                return try begin(engine, record)
            } second: { engine, record, stopping throws(ApusError) in
                try stopping?.finish()
                guard let container = try engine.claim(record) else {
                    throw ApusError(.conflict, "cannot restart container \(record.name): another process started it meanwhile")
                }
                _ = try engine.start(container, monitor: try engine.startMonitor(record.settings), ContainerStart.Options())
            }
        })

    /// Tells a container to stop as the flags say.
    private static func beginning(_ parsed: ParsedCommand) throws(ApusError) -> (Engine, ContainerRecord) throws(ApusError) -> StoppingContainer? {
        var given: Signal?
        if let name = parsed[signal] { given = try Signal(name) }
        let (signal, timeout) = (given, parsed[timeout] ?? parsed[time])
        return { engine, record throws(ApusError) in try engine.beginStop(record, timeout: timeout, signal: signal) }
    }
}
