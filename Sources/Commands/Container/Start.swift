import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// `apus start`: containers that were created or have ended.
enum Start {
    static let attach = Flag.bool("attach", short: "a", help: "Attach STDOUT/STDERR and forward signals")
    static let interactive = Flag.bool("interactive", short: "i", help: "Attach container's STDIN")

    static let command = Command(
        "start", abstract: "Start one or more stopped containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [attach, interactive, Run.detachKeys, RefusedFlag("checkpoint", because: "checkpoints are not there yet")],
        action: { parsed in
            if parsed[attach] || parsed[interactive] {
                do throws(ApusError) { return try attached(parsed) } catch { throw Failure(error, status: 1) }
            }
            return forEachContainer(parsed) { engine, record throws(ApusError) in
                guard let container = try engine.claim(record) else { return try refusePaused(record, engine) }
                _ = try engine.start(container, monitor: try engine.startMonitor(record.settings), ContainerStart.Options())
            }
        })

    /// A start of what runs is no error.
    private static func refusePaused(_ record: ContainerRecord, _ engine: Engine) throws(ApusError) {
        if try engine.containers.state(of: record).status == .paused {
            throw ApusError(.conflict, "cannot start container \(record.name): it is paused", hint: "unpause it")
        }
    }

    private static func attached(_ parsed: ParsedCommand) throws(ApusError) -> Int32 {
        guard parsed.positionals.count == 1 else {
            throw ApusError(.invalidArgument, "you cannot start and attach multiple containers at once")
        }
        let engine = Globals.engine(parsed)
        let record = try engine.containers.find(parsed.positionals[0])
        var session = AttachSession.Options()
        session.stdin = parsed[interactive] && record.settings.openStdin
        session.tty = record.settings.tty
        if let keys = parsed[Run.detachKeys] { session.detachKeys = try DetachKeys(keys) } else { session.detachKeys = try DetachKeys() }
        try AttachFlags.requireTerminal(stdin: session.stdin, tty: session.tty)
        guard let container = try engine.claim(record) else { return try engine.attach(session, to: record) }
        var options = ContainerStart.Options()
        options.terminalSize = AttachFlags.terminalSize()
        try session.holdSignals()
        let launched = try engine.start(container, monitor: try engine.startMonitor(record.settings), options)
        return try launched.attach(session, engine.containers, record)
    }
}
