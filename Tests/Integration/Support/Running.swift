import CShim
import Glibc
import LinuxSystem
import Testing

/// A program that a test started.
///
/// Its output goes to files without a name, so it never waits for the test.
final class Running {
    /// What the program reads.
    enum Input {
        /// Nothing: /dev/null.
        case empty
        /// A file with this text.
        case text(String)
        /// A pipe that the test writes to.
        case pipe
    }

    let arguments: [String]
    let pid: pid_t
    private let outputs: [Int32]
    private var inputEnd: Int32 = -1
    private var status: Int32?

    /// Starts a program (a path, or a name in /usr/bin) in a session of its own, with these variables and descriptors 0, 1 and 2 only.
    init(_ arguments: [String], input: Input, environment: [String: String], directory: String? = nil) throws {
        self.arguments = arguments
        var stdin: Int32
        switch input {
        case .empty: stdin = try openFile("/dev/null", O_RDONLY).take()
        case .text(let text):
            stdin = try Running.unnamedFile()
            try writeAll(stdin, Array(text.utf8), name: "input")
            lseek(stdin, 0, SEEK_SET)
        case .pipe:
            var ends: [Int32] = [-1, -1]
            try systemCall("cannot make a pipe") { unsafe pipe(&ends) }
            stdin = ends[0]
            inputEnd = ends[1]
        }
        outputs = [try Running.unnamedFile(), try Running.unnamedFile()]
        defer { close(stdin) }

        let words = directory.map { ["env", "-C", $0] + arguments } ?? arguments
        let path = words[0].hasPrefix("/") ? words[0] : "/usr/bin/\(words[0])"
        let program = try openFile(path, openPathOnly)
        var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
        defer { _ = unsafe (pointers + variables).map { unsafe free($0) } }
        let descriptors = [stdin] + outputs
        // A vfork in C: never a fork of this process with its threads. Everything but these descriptors is closed.
        pid = try systemCall("cannot start \(path)") { unsafe apus_spawn(program.raw, &pointers, &variables, descriptors, descriptors.count, 1) }
    }

    deinit {
        stop()
        for descriptor in outputs { close(descriptor) }
    }

    /// What it has written to stdout so far.
    var output: String { content(outputs[0]) }

    /// What it has written to stderr so far.
    var errorOutput: String { content(outputs[1]) }

    /// Writes to its stdin, a pipe.
    func write(_ text: String) throws { try writeAll(inputEnd, Array(text.utf8), name: "the program's stdin") }

    /// Ends its stdin.
    func closeInput() {
        if inputEnd >= 0 { close(inputEnd) }
        inputEnd = -1
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { if status == nil { kill(pid, signal) } }

    /// Whether it has ended.
    var hasEnded: Bool { reap(WNOHANG) }

    /// Waits until it ends.
    ///
    /// The code is minus the signal's number where one killed it.
    ///
    /// - Throws: after `timeout` seconds, when it is killed.
    func wait(timeout: Double = 60) throws -> Outcome {
        let end = monotonicNanoseconds() + UInt64(timeout * 1e9)
        var pause: UInt32 = 200
        while !reap(WNOHANG) {
            if monotonicNanoseconds() > end {
                stop()
                let command = arguments.joined(separator: " ")
                throw ApusError(.system, "not ended after \(timeout) s: \(command)\nstdout: \(output)\nstderr: \(errorOutput)")
            }
            usleep(pause)
            pause = min(pause * 5 / 4, 20_000)
        }
        return Outcome(output: output, errorOutput: errorOutput, code: status ?? -1)
    }

    /// Kills it if it still runs.
    func stop() {
        closeInput()
        if reap(WNOHANG) { return }
        kill(-pid, SIGKILL)
        _ = reap(0)
    }

    private func reap(_ options: Int32) -> Bool {
        if status != nil { return true }
        var value: Int32 = 0
        while true {
            let result = unsafe waitpid(pid, &value, options)
            if result == -1 && errno == EINTR { continue }
            if result == 0 { return false }
            status = value & 0x7f == 0 ? value >> 8 & 0xff : -(value & 0x7f)
            return true
        }
    }

    private func content(_ descriptor: Int32) -> String {
        var bytes = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe pread(descriptor, &chunk, chunk.count, bytes.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    private static func unnamedFile() throws -> Int32 {
        try systemCall("cannot make a file in memory") { unsafe apus_memfd_create("apus-test", UInt32(1)) }
    }
}

/// Waits until `condition` holds, at most `seconds`.
func eventually(seconds: Double = isSlow ? 60 : 20, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
    while try !condition() {
        if monotonicNanoseconds() > end { return false }
        usleep(5000)
    }
    return true
}
