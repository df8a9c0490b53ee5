import CommandLine
import Engine
import LinuxSystem

/// `apus attach`: stands in front of a running container.
enum Attach {
    static let noStdin = Flag.bool("no-stdin", help: "Do not attach STDIN")

    static let command = Command(
        "attach", abstract: "Attach local standard input, output, and error streams to a running container",
        positionals: Positionals("CONTAINER", completing: .container), flags: [Run.detachKeys, noStdin, Run.sigProxy],
        action: { parsed in
            do throws(ApusError) { return try attach(parsed) } catch { throw Failure(error, status: 1) }
        })

    private static func attach(_ parsed: ParsedCommand) throws(ApusError) -> Int32 {
        let engine = Globals.engine(parsed)
        let record = try engine.containers.find(parsed.positionals[0])
        let takesInput = !parsed[noStdin] && record.settings.openStdin
        let options = try AttachFlags.options(parsed, tty: record.settings.tty, interactive: takesInput)
        try AttachFlags.requireTerminal(stdin: takesInput, tty: record.settings.tty)
        return try engine.attach(options, to: record)
    }
}
