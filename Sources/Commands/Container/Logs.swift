import CommandLine
import Engine
import Glibc
import LinuxSystem

/// `apus logs`: what a container wrote.
enum Logs {
    static let follow = Flag.bool("follow", short: "f", help: "Follow log output")
    static let since = Flag.value(
        "since", value: "string", help: "Show logs since timestamp (e.g. \"2026-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
        parse: Moment.parse)
    static let until = Flag.value(
        "until", value: "string", help: "Show logs before a timestamp (e.g. \"2026-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
        parse: Moment.parse)
    static let tail = Flag.string("tail", short: "n", default: "all", help: "Number of lines to show from the end of the logs")
    static let timestamps = Flag.bool("timestamps", short: "t", help: "Show timestamps")

    static let command = Command(
        "logs", abstract: "Fetch the logs of a container", positionals: Positionals("CONTAINER", completing: .container),
        flags: [follow, since, tail, timestamps, until, RefusedFlag("details", because: "there is one log form, and it has no further details")],
        action: { try run($0) })

    private static func run(_ parsed: ParsedCommand) throws(ApusError) -> Int32 {
        let engine = Globals.engine(parsed)
        let record = try engine.containers.find(parsed.positionals[0])
        var selection = LogSelection()
        selection.since = parsed[since]
        selection.until = parsed[until]
        selection.tail = try lines(parsed[tail])
        selection.timestamps = parsed[timestamps]
        do {
            let damaged = try engine.logs(of: record, selection, follows: parsed[follow], write: write)
            if damaged > 0 { notice("apus: \(damaged) entries in the log of container \(record.name) are damaged and left out") }
        } catch  where error.errno == EPIPE {
            return 141  // as a shell reports SIGPIPE
        }
        return 0
    }

    private static func write(_ stream: LogStream, _ bytes: [UInt8]) throws(ApusError) {
        try writeAll(stream == .output ? 1 : 2, bytes, name: stream.rawValue)
    }

    /// A number below zero means all, as with Docker.
    private static func lines(_ text: String) throws(ApusError) -> Int? {
        if text == "all" { return nil }
        guard let count = try? parseInteger(text) else {
            throw ApusError(.invalidArgument, "invalid value for --tail: \"\(text)\"", hint: "a number of lines or all")
        }
        return count < 0 ? nil : count
    }
}
