import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// `apus kill`.
enum Kill {
    static let signal = Flag.string("signal", short: "s", default: "KILL", help: "Signal to send to the container")

    static let command = Command(
        "kill", abstract: "Kill one or more running containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [signal],
        action: { parsed in
            let signal: Signal
            do throws(ApusError) { signal = try Signal(parsed[Kill.signal]) } catch { throw Failure(error, status: 1) }
            return forEachContainer(parsed) { engine, record throws(ApusError) in try engine.kill(record, signal) }
        })
}
