import Engine
import Glibc
import LinuxSystem
import Testing

/// One instance of Apus for one test: a root of its own with a busybox image in it, and the program `apus`.
///
/// At the end every container is removed, and whatever the instance then still has on the host fails the test.
///
///     try Apus.with { apus throws in
///         #expect(try apus.run("run", "--rm", "busybox", "true").code == 0)
///     }
///
/// (`throws` is written out because the compiler does not see a `try` that stands in `#expect` only.)
///
/// `APUS_KEEP=1` keeps the directory and prints its path.
final class Apus {
    /// The directory that holds all of the test: the root, files, temporary files.
    let scratch: String
    /// The root that names the instance.
    var root: String { paths.root }
    /// Where the instance's things lie.
    let paths: EnginePaths
    /// What was started and may still run.
    private(set) var started: [Running] = []

    private init() throws {
        scratch = "\(Apus.temporary)/apus-test-\(getpid())-\(UInt32.random(in: .min ... .max))"
        for directory in ["root", "tmp", "files"] { try makeDirectories("\(scratch)/\(directory)") }
        paths = EnginePaths(root: "\(scratch)/root")
    }

    /// Runs `body` with an instance of its own.
    ///
    /// - Parameter image: whether the instance has the image `busybox:latest`.
    static func with(image: Bool = true, _ body: (Apus) throws -> Void) throws {
        let apus = try Apus()
        defer { apus.finish() }
        if image { try BusyboxImage.put(into: apus) }
        try body(apus)
    }

    /// Runs `apus` until it ends.
    ///
    /// - Throws: when it takes longer than `timeout` seconds; it is killed then.
    @discardableResult
    func run(
        _ arguments: String..., input: String? = nil, environment: [String: String] = [:], directory: String? = nil, timeout: Double = 60
    ) throws -> Outcome {
        try run(arguments, input: input, environment: environment, directory: directory, timeout: timeout)
    }

    /// Runs `apus` with a list of arguments until it ends.
    @discardableResult
    func run(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:], directory: String? = nil, timeout: Double = 60
    ) throws -> Outcome {
        try start(arguments, input: input.map(Running.Input.text) ?? .empty, environment: environment, directory: directory).wait(timeout: timeout)
    }

    /// Runs a command that must succeed and write nothing to stderr; its stdout without the last line feed.
    @discardableResult
    func output(_ arguments: String..., input: String? = nil, timeout: Double = 60, at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try run(arguments, input: input, timeout: timeout)
        #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "apus \(arguments.joined(separator: " ")): \(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs a script by busybox's shell in a new container with these flags; its stdout without the last line feed.
    @discardableResult
    func sh(_ script: String, _ flags: String..., timeout: Double = 60, at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try run(["run", "--rm"] + flags + ["busybox", "sh", "-c", script], timeout: timeout)
        #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "\(flags.joined(separator: " ")): \(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Expects that a command fails with this exit status and exactly this line on stderr (without `apus: `), and writes nothing to stdout.
    func refuses(_ line: String, code: Int32 = 125, _ arguments: String..., at location: SourceLocation = #_sourceLocation) throws {
        let outcome = try run(arguments)
        #expect(
            outcome == Outcome(output: "", errorOutput: "apus: \(line)\n", code: code), "apus \(arguments.joined(separator: " "))", sourceLocation: location)
    }

    /// Starts `apus` and leaves it running.
    func start(_ arguments: String..., input: Running.Input = .empty, environment: [String: String] = [:]) throws -> Running {
        try start(arguments, input: input, environment: environment)
    }

    /// Starts `apus` with a list of arguments and leaves it running.
    func start(_ arguments: [String], input: Running.Input = .empty, environment: [String: String] = [:], directory: String? = nil) throws -> Running {
        let variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APUS_ROOT": paths.root, "APUS_NETWORK": "none", "TMPDIR": "\(scratch)/tmp"]
        let running = try Running(
            [Apus.program] + arguments, input: input, environment: variables.merging(environment) { $1 }, directory: directory)
        started.append(running)
        return running
    }

    /// Writes a file of the test's own and answers its path.
    @discardableResult
    func file(_ name: String, _ content: String, mode: UInt32 = 0o644) throws -> String {
        let path = "\(scratch)/files/\(name)"
        if let slash = path.lastIndex(of: "/") { try makeDirectories(String(path[..<slash])) }
        try replaceFile(path, with: Array(content.utf8), mode: mode)
        try systemCall("chmod \(path)") { unsafe chmod(path, mode) }
        return path
    }

    private func finish() {
        for running in started { running.stop() }
        removeContainers()
        var left = leftovers()
        for _ in 0..<100 where !left.isEmpty {  // a monitor may be ending
            usleep(50_000)
            left = leftovers()
        }
        for thing in left { Issue.record("left behind: \(thing)") }
        removeTraces()
        if unsafe getenv("APUS_KEEP") != nil { print("kept: \(scratch)") } else { try? removeTree(scratch) }
    }

    /// The program that `make build` made.
    static let program = "\(programs)/apus"

    /// The directory of the programs.
    static let programs: String = {
        if let path = unsafe getenv("APUS_BIN") { return unsafe String(cString: path) }
        return (try? readLink("/proc/self/cwd")).map { "\($0)/bin" } ?? "bin"
    }()

    /// Where scratch directories lie: a file system that can hold overlays' upper directories.
    static let temporary = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
}

extension Apus {
    /// Whether the container of this name runs: its lock is held.
    func isRunning(_ name: String) -> Bool {
        guard let id = try? readLink("\(paths.names)/\(name)") else { return false }
        return (try? FileLock.isHeld(paths.lock(id))) == true
    }
}
