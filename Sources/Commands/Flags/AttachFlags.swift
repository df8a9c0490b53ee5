import CommandLine
import ContainerRuntime
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

/// `--cidfile`: made before the container, so that a place that cannot be written fails the command before anything is made.
struct CidFile: ~Copyable {
    private let path: String?
    private let file: OwnedFD

    /// Makes the file; one that exists is refused.
    init(_ path: String?) throws(ApusError) {
        self.path = path
        guard let path else {
            file = .none
            return
        }
        if fileExists(path) {
            throw ApusError(.conflict, "container ID file found at \(path)", hint: "make sure the other container isn't running, or delete the file")
        }
        file = try openFile(path, O_WRONLY | O_CREAT | O_EXCL)
    }

    /// Writes the id.
    borrowing func write(_ id: String) throws(ApusError) {
        if let path { try writeAll(file.raw, Array(id.utf8), name: path) }
    }

    /// Without an id in it the file means nothing.
    borrowing func removeIfEmpty() {
        var status = stat()
        if let path, unsafe fstat(file.raw, &status) == 0, status.st_size == 0 { _ = unsafe unlink(path) }
    }

    deinit { removeIfEmpty() }
}
