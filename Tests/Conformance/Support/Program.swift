import CShim
import Glibc
import LinuxSystem

/// What a program wrote and how it ended: the code is minus the signal's number where one killed it.
struct Outcome: Equatable {
    var output = ""
    var errorOutput = ""
    var code: Int32 = -1

    /// The output without its last line feed.
    var line: String { output.last == "\n" ? String(output.dropLast()) : output }
}

/// A program that a case started.
///
/// Its output goes to files without a name, so it never waits for the case, and a container that outlives it may keep them.
final class Program {
    let arguments: [String]
    let pid: pid_t
    private let outputs: [Int32]
    private var status: Int32?

    /// Starts a program in a session of its own, with descriptors 0, 1, 2 and then those given, and no other.
    init(
        _ arguments: [String], input: String? = nil, descriptors: [Int32] = [], environment: [String: String] = [:], directory: String = "/"
    ) throws {
        self.arguments = arguments
        let stdin = try input.map { try Program.file(with: $0) } ?? openFile("/dev/null", O_RDONLY).take()
        defer { close(stdin) }
        outputs = [try Program.file(with: ""), try Program.file(with: "")]
        let words = ["env", "-C", directory] + arguments
        let program = try openFile("/usr/bin/env", openPathOnly)
        var variables = ["PATH": searchPath, "TMPDIR": temporary, "LC_ALL": "C"]
        variables.merge(environment) { $1 }
        var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
        var settings = unsafe variables.map { unsafe strdup("\($0)=\($1)") } + [nil]
        defer { _ = unsafe (pointers + settings).map { unsafe free($0) } }
        let given = [stdin] + outputs + descriptors
        pid = try systemCall("cannot start \(arguments[0])") { unsafe apus_spawn(program.raw, &pointers, &settings, given, given.count, 1) }
    }

    deinit {
        stop()
        for descriptor in outputs { close(descriptor) }
    }

    /// What it, and what it left running, has written to stdout so far.
    var output: String { Program.content(outputs[0]) }

    /// What it has written to stderr so far.
    var errorOutput: String { Program.content(outputs[1]) }

    /// Waits until it ends.
    ///
    /// - Throws: after `timeout` seconds, when it is killed.
    func wait(timeout: Double = isSlow ? 180 : 30) throws -> Outcome {
        let end = monotonicNanoseconds() + UInt64(timeout * 1e9)
        var pause: UInt32 = 200
        while !reap(WNOHANG) {
            if monotonicNanoseconds() > end {
                stop()
                throw ApusError(.system, "not ended after \(timeout) s: \(arguments.joined(separator: " "))\nstderr: \(errorOutput)")
            }
            usleep(pause)
            pause = min(pause * 5 / 4, 10_000)
        }
        return Outcome(output: output, errorOutput: errorOutput, code: status ?? -1)
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { if status == nil { kill(pid, signal) } }

    /// Kills it if it still runs, and its session's first group with it.
    func stop() {
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

    private static func file(with text: String) throws -> Int32 {
        let file = try systemCall("cannot make a file in memory") { unsafe apus_memfd_create("conformance", UInt32(1)) }
        try writeAll(file, Array(text.utf8), name: "input")
        lseek(file, 0, SEEK_SET)
        return file
    }

    private static func content(_ descriptor: Int32) -> String {
        var bytes = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe pread(descriptor, &chunk, chunk.count, bytes.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}

/// Runs a program of the host, which must succeed; its output without the last line feed.
@discardableResult
func host(_ arguments: String..., directory: String = "/") throws -> String {
    let outcome = try Program(arguments, directory: directory).wait()
    if outcome.code != 0 { throw ApusError(.system, "\(arguments.joined(separator: " ")): \(outcome)") }
    return outcome.line
}

/// Waits until `condition` holds, at most `seconds`.
func eventually(seconds: Double = isSlow ? 60 : 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
    while try !condition() {
        if monotonicNanoseconds() > end { return false }
        usleep(5000)
    }
    return true
}

/// Where scratch directories lie.
let temporary = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"

/// Whether programs run about ten times slower than usual: the virtual machine emulates its processors.
let isSlow = temporary == "/scratch"

let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
