import Glibc
import LinuxSystem
import Testing

/// A world of its own for one engine, below which nothing of the host changes (see `scripts/engine-world`), with the
/// runtime under test as `/usr/local/bin/apus-runtime`.
///
/// Each command has a time limit. At the end the kernel kills and unmounts all that the world held; a cgroup that then is
/// left fails the test.
///
///     try World.with("podman") { world throws in
///         #expect(try world.run("podman", "--version").code == 0)
///     }
///
/// `APUS_RUNTIME` names another runtime, as Debian's runc, to see how the tests do with that.
final class World {
    /// The host's path of the world's root directory.
    let root: String
    private let holder: Running
    private let pid: String

    private init() throws {
        holder = try Running(
            ["bash", World.script, "hold", World.runtime, World.repository], input: .pipe, environment: World.environment, directory: nil)
        let holder = holder
        _ = eventually(seconds: 100) { holder.output.hasPrefix("ready ") && holder.output.hasSuffix("\n") || holder.hasEnded }
        let words = holder.output.split(whereSeparator: \.isWhitespace)
        guard words.count == 2 else { throw ApusError(.system, "no world for an engine: \(holder.errorOutput)") }
        pid = String(words[1])
        root = "/proc/\(pid)/root"
    }

    /// Runs `body` with a world of its own, in which these programs have to be.
    static func with(_ programs: String..., body: (World) throws -> Void) throws {
        guard fileExists(runtime) else { throw ApusError(.system, "no runtime at \(runtime)") }
        let places = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]
        for program in programs where !places.contains(where: { fileExists("\($0)/\(program)") }) {
            throw ApusError(.system, "\(program) is missing, which scripts/deps test installs")
        }
        let world = try World()
        defer { world.finish() }
        try body(world)
    }

    /// Runs a program in the world until it ends.
    @discardableResult
    func run(_ arguments: String..., input: String? = nil, timeout: Double = 60) throws -> Outcome {
        try start(arguments, input: input.map(Running.Input.text) ?? .empty).wait(timeout: timeout)
    }

    /// Runs a list of words in the world until it ends.
    func run(_ words: [String]) throws -> Outcome { try start(words, input: .empty).wait(timeout: 60) }

    /// Runs a program that must succeed; its stdout without the last line feed.
    @discardableResult
    func output(_ arguments: String..., input: String? = nil, timeout: Double = 60, at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try start(arguments, input: input.map(Running.Input.text) ?? .empty).wait(timeout: timeout)
        try #require(outcome.code == 0, "\(arguments.joined(separator: " ")): \(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs a list of words that must succeed; its stdout without the last line feed, and what it wrote to stderr is an error.
    func sh(_ words: [String], at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try start(words, input: .empty).wait(timeout: 60)
        #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "\(words.joined(separator: " ")): \(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs a line of shell on a terminal of 33 rows and 99 columns; what it showed, in lines that end as on a file.
    func terminal(_ line: String, timeout: Double = 60, at location: SourceLocation = #_sourceLocation) throws -> String {
        let command = "stty rows 33 cols 99; \(line)"
        // At the end of its input script would write to the terminal: it has an input without one.
        let outcome = try start(["script", "-qec", command, "/dev/null"], input: .pipe).wait(timeout: timeout)
        #expect(outcome.code == 0, "\(line): \(outcome)", sourceLocation: location)
        return String(decoding: outcome.output.utf8.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self).split(separator: "\n").joined(separator: "\n")
    }

    /// Expects that a command ends with this exit status and has this text in its output.
    func expect(_ code: Int32, _ text: String = "", _ arguments: String..., at location: SourceLocation = #_sourceLocation) throws {
        let outcome = try start(arguments, input: .empty).wait(timeout: 60)
        let said = outcome.output + outcome.errorOutput
        #expect(outcome.code == code && (text.isEmpty || said.contains(text)), "\(arguments.joined(separator: " ")): \(outcome)", sourceLocation: location)
    }

    /// Starts a daemon that lives as long as the world, and waits until a command succeeds.
    func daemon(_ arguments: String..., until ready: [String]) throws {
        let daemon = try start(arguments, input: .empty)
        daemons.append(daemon)
        let answers = try eventually(seconds: 30) { try daemon.hasEnded || start(ready, input: .empty).wait(timeout: 30).code == 0 }
        guard answers, !daemon.hasEnded else {
            throw ApusError(.system, "\(arguments.joined(separator: " ")): not ready: \(daemon.output)\(daemon.errorOutput)")
        }
    }

    /// Writes a file of the world.
    func file(_ path: String, _ content: String, mode: UInt32 = 0o644) throws {
        if let slash = path.lastIndex(of: "/") { try makeDirectories("\(root)\(path[..<slash])") }
        try replaceFile("\(root)\(path)", with: Array(content.utf8), mode: mode)
        try systemCall("chmod \(path)") { unsafe chmod("\(root)\(path)", mode) }
    }

    /// Makes an archive of the busybox image in the world and answers its path.
    func image(_ reference: String = "busybox:latest", command: String...) throws -> String {
        let path = "/mnt/image-\(UInt32.random(in: .min ... .max)).tar"
        try #require(start(["/mnt/repository/images/busybox/make", path, reference] + command, input: .empty).wait(timeout: 60).code == 0)
        return path
    }

    /// Runs what the README of an example shows, line by line, as a user would; its stdout.
    func readme(of example: String, at location: SourceLocation = #_sourceLocation) throws -> String {
        let blocks = try readText("examples/\(example)/README.md").components(between: "```sh\n", and: "```")
        try #require(!blocks.isEmpty, sourceLocation: location)
        return try output("sh", "-euc", "cd /mnt/repository/examples/\(example)\n" + blocks.joined(), timeout: 120, at: location)
    }

    /// What a limit's file of the only cgroup of this name holds; the first path is v1's, the second v2's.
    func limit(_ cgroup: String, v1: String, v2: String, at location: SourceLocation = #_sourceLocation) throws -> String {
        let (directory, file) =
            Requirement.cgroup2.holds
            ? ("/sys/fs/cgroup", v2) : ("/sys/fs/cgroup/\(v1.split(separator: "/")[0])", String(v1.split(separator: "/")[1]))
        return try output("sh", "-c", "cat $(find \(directory) -type d -path '*\(cgroup)')/\(file)", at: location)
    }

    private var daemons: [Running] = []

    private func start(_ arguments: [String], input: Running.Input) throws -> Running {
        try Running(["bash", World.script, "enter", pid] + arguments, input: input, environment: World.environment, directory: nil)
    }

    private func finish() {
        holder.closeInput()
        if !eventually(seconds: 30, { holder.hasEnded }) { Issue.record("the world \(holder.pid) does not end") }
        for daemon in daemons { daemon.stop() }
        // Cgroups of other tests vanish meanwhile, so find's status says nothing.
        let search = try? Running(["find", "/sys/fs/cgroup", "-name", "apus-world-\(holder.pid)"], input: .empty, environment: Self.environment).wait()
        let left = search?.output ?? "a cgroup tree that cannot be searched"
        if !left.isEmpty { Issue.record("left behind: \(left)") }
    }

    private static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    private static let repository = (try? readLink("/proc/self/cwd")) ?? "."
    private static let script = "\(repository)/scripts/engine-world"
    /// The runtime under test.
    static let runtime = unsafe getenv("APUS_RUNTIME").map { unsafe String(cString: $0) } ?? "\(Apus.programs)/apus-runtime"
}

extension String {
    /// What stands between two markers, each time.
    fileprivate func components(between start: String, and end: String) -> [String] {
        var parts: [String] = []
        var inside = false
        for line in split(separator: "\n", omittingEmptySubsequences: false).map({ $0 + "\n" }) {
            if inside && line.hasPrefix(end) {
                inside = false
            } else if !inside && line == start {
                inside = true
                parts.append("")
            } else if inside {
                parts[parts.count - 1] += line
            }
        }
        return parts
    }
}

extension Requirement {
    /// Processors that are not emulated: there an engine takes minutes for what it does in seconds.
    static var ownProcessors: Requirement { Requirement(holds: !isSlow, reason: "engines are too slow on emulated processors") }
}
