import CommandLine
import Glibc
import LinuxSystem

/// Where errors go: to stderr, and to the file of `--log` in the form that engines parse, that of runc's log.
struct RuntimeLog {
    private var path: String?
    private var isJSON = false
    private var isDebugging = false

    init() {}

    /// - Throws: `ApusError` for another format than `text` and `json`.
    init(_ parsed: ParsedCommand) throws(ApusError) {
        switch parsed[RuntimeFlags.logFormat] {
        case "text": break
        case "json": isJSON = true
        default: throw ApusError(.invalidArgument, "invalid log-format \"\(parsed[RuntimeFlags.logFormat])\"", hint: "text or json")
        }
        isDebugging = parsed[RuntimeFlags.debug]
        path = parsed[RuntimeFlags.log].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What is done, with `--debug`.
    func debug(_ message: String) { if isDebugging { write("debug", message, toStderr: path == nil) } }

    /// How far the start of a process has come, in the words by which runc's log is searched.
    func debug(_ stage: StartStage, _ detail: String) { debug("\(stage.rawValue): \(detail)") }

    /// The stages of a start, named as in runc's log.
    enum StartStage: String {
        /// The plan goes to the program that clones the process.
        case setup = "nsexec container setup"
        /// The process was cloned.
        case cloned = "child process in init()"
        /// A container's first process waits for `start` or runs its program.
        case ready = "init: closing the pipe to signal completion"
        /// A process of `exec` runs its program.
        case executed = "setns_init: about to exec"
    }

    /// An error that ends the command.
    func error(_ message: String) { write("error", message, toStderr: true) }

    /// An error whose line on stderr is another one.
    func error(_ message: String, onStderr line: String) {
        if path != nil { write("error", message, toStderr: false) }
        try? writeAll(2, Array("\(line)\n".utf8), name: "stderr")
    }

    /// What went wrong without a consequence for the command.
    func warning(_ message: String) { write("warning", message, toStderr: path == nil) }

    private func write(_ level: String, _ message: String, toStderr: Bool) {
        if let path, let file = try? openFile(path, O_WRONLY | O_CREAT | O_APPEND) {
            try? writeAll(file.raw, Array(line(level, message).utf8), name: path)
            if toStderr { try? writeAll(2, Array("\(message)\n".utf8), name: "stderr") }
        } else if toStderr {
            let line = isatty(2) == 1 ? "apus-runtime: \(message)\n" : line(level, message)
            try? writeAll(2, Array(line.utf8), name: "stderr")
        }
    }

    private func line(_ level: String, _ message: String) -> String {
        let time = Value.string(String(Timestamp.now().description.prefix(19)) + "Z").json()
        let text = Value.string(message).json()
        return isJSON ? "{\"level\":\"\(level)\",\"msg\":\(text),\"time\":\(time)}\n" : "time=\(time) level=\(level) msg=\(text)\n"
    }
}
