import CommandLine
import Engine
import Glibc
import LinuxSystem

/// What `run`, `start`, `attach` and `exec` share about a session.
enum AttachFlags {
    /// The session that `-a`, `-i`, `-t`, `--sig-proxy` and `--detach-keys` ask for.
    static func options(_ parsed: ParsedCommand, tty: Bool, interactive: Bool) throws(ApusError) -> AttachSession.Options {
        var options = AttachSession.Options()
        options.stdin = interactive
        options.tty = tty
        options.proxiesSignals = parsed[Run.sigProxy]
        if let keys = parsed[Run.detachKeys] { options.detachKeys = try DetachKeys(keys) } else { options.detachKeys = try DetachKeys() }
        let streams = parsed[Run.attach].map { $0.lowercased() }
        for stream in streams where !["stdin", "stdout", "stderr"].contains(stream) {
            throw ApusError(.invalidArgument, "invalid argument \"\(stream)\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT and STDERR")
        }
        if !streams.isEmpty {
            options.stdin = interactive && streams.contains("stdin")
            options.stdout = streams.contains("stdout")
            options.stderr = streams.contains("stderr")
        }
        return options
    }

    /// Refuses a program with a terminal in front of an stdin that is none: it would never see what Ctrl-C and Ctrl-D mean.
    static func requireTerminal(stdin: Bool, tty: Bool) throws(ApusError) {
        if stdin && tty && isatty(0) == 0 { throw ApusError(.invalidArgument, "the input device is not a TTY", hint: "leave out -t, or give a terminal") }
    }

    /// The size of the user's terminal; nil where there is none.
    static func terminalSize() -> (rows: UInt16, columns: UInt16)? { Terminal.size() }
}

/// `--cidfile`.
enum CidFile {
    /// Refuses a file that exists, before anything is made.
    static func check(_ path: String?) throws(ApusError) {
        guard let path, fileExists(path) else { return }
        throw ApusError(.conflict, "container ID file found at \(path)", hint: "make sure the other container isn't running, or delete the file")
    }

    /// Writes the id.
    static func write(_ path: String?, _ id: String) throws(ApusError) {
        guard let path else { return }
        let fd = try openFile(path, O_WRONLY | O_CREAT | O_EXCL)
        try writeAll(fd.raw, Array(id.utf8), name: path)
    }
}
