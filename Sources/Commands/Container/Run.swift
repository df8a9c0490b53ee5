import CommandLine
import ContainerRuntime
import Engine
import Glibc
import LinuxSystem

/// `apus run`: create, start, attach, and end with the program's own exit status.
enum Run {
    static let detach = Flag.bool("detach", short: "d", help: "Run container in background and print container ID")
    static let attach = Flag.list("attach", short: "a", help: "Attach to STDIN, STDOUT or STDERR")
    static let sigProxy = Flag.bool("sig-proxy", default: true, help: "Proxy received signals to the process")
    static let detachKeys = Flag.string("detach-keys", help: "Override the key sequence for detaching a container")
    static let explain = Flag.string(
        "explain", value: "timing", implicitValue: "plan", completing: .words(["timing"]),
        help: "Print the launch plan instead of running it; with =timing run it and print what each step took")

    static let command = Command(
        "run", abstract: "Create and run a new container from an image", positionals: Positionals("IMAGE [COMMAND] [ARG...]", completing: .image, .none),
        interspersed: false, flags: ContainerFlags.all + [detach, attach, sigProxy, detachKeys, explain],
        action: { parsed in
            do throws(ApusError) { return try run(parsed) } catch { throw Failure(starting: error) }
        })

    private static func run(_ parsed: ParsedCommand) throws(ApusError) -> Int32 {
        let engine = Globals.engine(parsed)
        var request = try ContainerFlags.request(parsed, engine)
        var session = try AttachFlags.options(parsed, tty: request.settings.tty, interactive: request.settings.openStdin)
        if parsed[detach] && !parsed[attach].isEmpty { throw ApusError(.invalidArgument, "conflicting options: -a and -d") }
        request.settings.stdinOnce = session.stdin && !parsed[detach]
        try AttachFlags.requireTerminal(stdin: session.stdin && !parsed[detach], tty: session.tty)
        if let mode = parsed[explain], mode == "plan" {
            output(try engine.explain(request))
            return 0
        } else if let mode = parsed[explain], mode != "timing" {
            throw ApusError(.invalidArgument, "invalid argument \"\(mode)\" for \"--explain\" flag: it takes timing or nothing")
        }
        let cidFile = try CidFile(parsed[ContainerFlags.cidfile])
        var options = ContainerStart.Options()
        options.timing = parsed[explain] == "timing"
        options.terminalSize = AttachFlags.terminalSize()
        let monitor = try engine.startMonitor(request.settings)
        let container = try engine.create(request)
        let record = container.record
        try cidFile.write(record.id)
        session.stdin = request.settings.stdinOnce
        if !parsed[detach] { try session.holdSignals() }
        let launched = try engine.start(container, monitor: monitor, options)
        if options.timing { notice(launched.text()) }
        if parsed[detach] {
            output(record.id)
            return 0
        }
        return try launched.attach(session, engine.containers, record)
    }
}
