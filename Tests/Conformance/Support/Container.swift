import Glibc
import LinuxSystem
import Testing

/// A bundle with busybox in it, a root directory for the runtime, and the container made of them.
///
/// `config` is written to the bundle whenever the container is created or run.
final class Container {
    let id: String
    /// The directory that holds all of the case.
    let scratch: String
    var config = Config.usual
    /// Further containers of the case, removed at its end too.
    private var others: [String] = []

    var bundle: String { "\(scratch)/bundle" }
    var rootfs: String { "\(bundle)/rootfs" }
    /// What `--root` names.
    var root: String { "\(scratch)/state" }

    fileprivate init() throws {
        id = "conformance-\(getpid())-\(UInt32.random(in: .min ... .max))"
        scratch = "\(temporary)/\(id)"
        for name in ["bin", "proc", "sys", "dev", "etc", "tmp", "mnt"] { try makeDirectories("\(rootfs)/\(name)") }
        try makeDirectories(root)
        try Busybox.put(into: "\(rootfs)/bin/busybox")
        for applet in Config.applets { _ = unsafe symlink("busybox", "\(rootfs)/bin/\(applet)") }
    }

    // MARK: the runtime's commands

    /// Runs the runtime with this case's root.
    @discardableResult
    func call(
        _ arguments: [String], input: String? = nil, descriptors: [Int32] = [], environment: [String: String] = [:], directory: String? = nil
    ) throws -> Outcome {
        try begin(arguments, input: input, descriptors: descriptors, environment: environment, directory: directory).wait()
    }

    /// Runs the runtime with this case's root.
    @discardableResult
    func call(_ arguments: String..., input: String? = nil) throws -> Outcome { try call(arguments, input: input) }

    /// Starts the runtime and leaves it running.
    func begin(
        _ arguments: [String], input: String? = nil, descriptors: [Int32] = [], environment: [String: String] = [:], directory: String? = nil
    ) throws -> Program {
        try Program(
            [Runtime.path, "--root", root] + arguments, input: input, descriptors: descriptors, environment: environment, directory: directory ?? scratch)
    }

    /// Runs a command that must succeed.
    @discardableResult
    func must(_ arguments: String..., input: String? = nil, at location: SourceLocation = #_sourceLocation) throws -> Outcome {
        let outcome = try call(arguments, input: input)
        try #require(outcome.code == 0, "\(arguments.joined(separator: " ")): \(outcome)", sourceLocation: location)
        return outcome
    }

    /// Runs a command that must fail and say why.
    @discardableResult
    func refused(_ arguments: String..., at location: SourceLocation = #_sourceLocation) throws -> Outcome {
        let outcome = try call(arguments)
        #expect(outcome.code > 0, "\(arguments.joined(separator: " ")) was accepted: \(outcome)", sourceLocation: location)
        #expect(outcome.errorOutput != "", "\(arguments.joined(separator: " ")) failed without a word", sourceLocation: location)
        return outcome
    }

    /// Writes `config` to the bundle.
    func writeConfig() throws { try file("bundle/config.json", config.text) }

    /// Creates the container, which must succeed.
    func create(_ flags: String..., at location: SourceLocation = #_sourceLocation) throws {
        try writeConfig()
        let outcome = try call(["create", "--bundle", bundle] + flags + [id])
        try #require(outcome.code == 0, "create: \(outcome)", sourceLocation: location)
    }

    /// Starts the created container, which must succeed.
    func start(at location: SourceLocation = #_sourceLocation) throws { try must("start", id, at: location) }

    /// Creates and starts the container with a script, or one that only sleeps.
    func launch(_ script: String = "sleep 1000", at location: SourceLocation = #_sourceLocation) throws {
        config["process"]["args"] = ["sh", "-c", .string(script)]
        try create(at: location)
        try start(at: location)
    }

    /// Runs the container as it is configured.
    func run(_ flags: String..., input: String? = nil) throws -> Outcome {
        try writeConfig()
        return try call(["run", "--bundle", bundle] + flags + [id], input: input)
    }

    /// Runs the container with a script that must succeed; its output without the last line feed.
    @discardableResult
    func sh(_ script: String, input: String? = nil, at location: SourceLocation = #_sourceLocation) throws -> String {
        config["process"]["args"] = ["sh", "-c", .string(script)]
        try writeConfig()
        let outcome = try call(["run", "--bundle", bundle, id], input: input)
        #expect(outcome.code == 0, "\(script): \(outcome)", sourceLocation: location)
        return outcome.line
    }

    /// Runs the container with a script that must succeed and print this, without the last line feed.
    func sh(_ script: String, prints expected: String, at location: SourceLocation = #_sourceLocation) throws {
        let printed = try sh(script, at: location)
        #expect(printed == expected, sourceLocation: location)
    }

    /// Expects that the configuration is refused, by `create` or at the latest by `start`, and that the program does not run.
    @discardableResult
    func isRefused(at location: SourceLocation = #_sourceLocation) throws -> Outcome {
        if config["process"]["args"] == ["true"] { config["process"]["args"] = ["sh", "-c", "echo the program ran"] }
        let outcome = try run()
        #expect(outcome.code > 0 && outcome.errorOutput != "", "accepted: \(outcome)", sourceLocation: location)
        #expect(!outcome.output.contains("the program ran"), sourceLocation: location)
        return outcome
    }

    /// Runs a command in the running container by exec.
    func exec(_ arguments: String..., input: String? = nil) throws -> Outcome { try call(["exec"] + arguments, input: input) }

    /// Ends the container's program and waits until the runtime says so.
    func stop(at location: SourceLocation = #_sourceLocation) throws {
        try call("kill", id, "KILL")
        #expect(try eventually { try status() == "stopped" }, "never stopped", sourceLocation: location)
    }

    // MARK: what the runtime says

    /// The answer of `state`, which must succeed.
    func state(at location: SourceLocation = #_sourceLocation) throws -> JSON { try JSON(parsing: must("state", id, at: location).output) }

    /// The status in the answer of `state`; nil where there is no such container.
    func status() throws -> String? {
        let outcome = try call("state", id)
        return outcome.code == 0 ? try JSON(parsing: outcome.output)["status"].string : nil
    }

    /// The container's first process, as the host numbers it.
    func pid(at location: SourceLocation = #_sourceLocation) throws -> Int {
        let pid = try state(at: location)["pid"].integer
        return try #require(pid, sourceLocation: location)
    }

    // MARK: files

    /// Writes a file of the case's own and answers its path.
    @discardableResult
    func file(_ name: String, _ content: String, mode: UInt32 = 0o644) throws -> String {
        let path = "\(scratch)/\(name)"
        if let slash = path.lastIndex(of: "/") { try makeDirectories(String(path[..<slash])) }
        try replaceFile(path, with: Array(content.utf8), mode: mode)
        try systemCall("chmod \(path)") { unsafe chmod(path, mode) }
        return path
    }

    /// The text of a file of the case's own, without the last line feed; nil where there is none.
    func text(_ name: String) -> String? { try? readText("\(scratch)/\(name)") }

    /// The name of a further container, removed at the end of the case.
    func other() -> String {
        others.append("\(id)-\(others.count)")
        return others[others.count - 1]
    }

    fileprivate func finish() {
        for name in others.reversed() + [id] { _ = try? call("delete", "--force", name) }
        for thing in leftovers() { Issue.record("left behind after delete --force: \(thing)") }
        removeLeftovers()
        if unsafe getenv("APUS_KEEP") != nil { print("kept: \(scratch)") } else { _ = try? host("rm", "-rf", "--one-file-system", scratch) }
    }
}

/// Runs a case with a container of its own, and cleans up after it, whatever came of it.
///
///     try container { c throws in
///         c.config["hostname"] = "spec"
///         #expect(try c.sh("hostname") == "spec")
///     }
///
/// (`throws` is written out because the compiler does not see a `try` that stands in `#expect` only.)
func container(_ body: (Container) throws -> Void) throws {
    let container = try Container()
    defer { container.finish() }
    try body(container)
}

/// Debian's static busybox, copied once and shared by hard links.
private enum Busybox {
    private static let copy: String = {
        let path = "\(temporary)/conformance-\(getpid())-busybox"
        do { try replaceFile(path, with: readFile("/bin/busybox"), mode: 0o755) } catch { fatalError("cannot copy busybox: \(error)") }
        atexit { _ = unsafe unlink("\(temporary)/conformance-\(getpid())-busybox") }
        return path
    }()

    static func put(into path: String) throws { _ = try systemCall("cannot link \(path)") { unsafe link(copy, path) } }
}
