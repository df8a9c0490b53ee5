import Engine
import Glibc
import LinuxSystem
import Network
import Testing

/// An instance whose host is a network namespace of the test's own.
///
/// Nothing of the machine's own network is touched: the switch, nftables and the sysctls are those of the namespace.
struct NetworkedApus {
    let apus: Apus
    let host: NetworkPlace

    /// Runs `body` with an instance in a place of its own, and takes its networks down at the end.
    static func with(_ body: (NetworkedApus) throws -> Void) throws {
        let host = try NetworkPlace()
        try Apus.with { apus throws in
            let networked = NetworkedApus(apus: apus, host: host)
            defer { networked.finish() }
            try body(networked)
        }
    }

    /// Runs `apus` on the host until it ends.
    @discardableResult
    func run(_ arguments: [String], timeout: Double = 60) throws -> Outcome {
        try Running(
            host.prefix + [Apus.program] + arguments, input: .empty,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APUS_ROOT": apus.paths.root, "TMPDIR": "\(apus.scratch)/tmp"]
        ).wait(timeout: timeout)
    }

    /// Runs a command that must succeed and write nothing to stderr; blanks part its words, and its stdout comes without the last line feed.
    @discardableResult
    func apus(_ words: String, _ more: String..., at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try run(words.split(separator: " ").map(String.init) + more)
        #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "apus \(words) \(more): \(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Expects that a command fails with this line on stderr (without `apus: `).
    func refuses(_ line: String, _ words: String, at location: SourceLocation = #_sourceLocation) throws {
        let outcome = try run(words.split(separator: " ").map(String.init))
        #expect(outcome.code != 0 && outcome.errorOutput == "apus: \(line)\n", "apus \(words): \(outcome)", sourceLocation: location)
    }

    /// Starts a container that sleeps, on networks by its flags.
    @discardableResult
    func sleeper(_ name: String, _ flags: String = "") throws -> String {
        try apus("run -d --name \(name) \(flags) busybox sleep 600")
    }

    /// Runs a script in a running container; its stdout without the last line feed.
    @discardableResult
    func sh(_ name: String, _ script: String, at location: SourceLocation = #_sourceLocation) throws -> String {
        try apus("exec \(name) sh -c", script, at: location)
    }

    /// Whether a script succeeds in a running container.
    func succeeds(_ name: String, _ script: String) throws -> Bool { try run(["exec", name, "sh", "-c", script]).code == 0 }

    /// The container's address on its first network.
    func address(_ name: String, _ field: String = "IPAddress") throws -> String {
        try apus("inspect -f {{.NetworkSettings.\(field)}} \(name)")
    }

    /// A machine beyond the host, at the other end of a wire: it is 192.0.2.2 and fd99::2, the host 192.0.2.1 and fd99::1.
    func outside() throws -> NetworkPlace {
        let outside = try NetworkPlace()
        try host.run("ip link add up0 type veth peer name eth0 netns \(outside.path)")
        for command in ["address add 192.0.2.1/24 dev up0", "address add fd99::1/64 nodad dev up0", "link set up0 up"] { try host.run("ip \(command)") }
        for command in ["address add 192.0.2.2/24 dev eth0", "address add fd99::2/64 nodad dev eth0", "link set eth0 up"] { try outside.run("ip \(command)") }
        return outside
    }

    private func finish() {
        apus.removeContainers()
        do {
            let outcome = try run(["network", "prune", "-f"])
            #expect(outcome.code == 0, "\(outcome)")
            // Without bridges the daemon ends by itself.
            let run = apus.paths.run
            for _ in 0..<200 where try FileLock.isHeld("\(run)/switchd.lock") { usleep(50_000) }
            #expect(try !FileLock.isHeld("\(run)/switchd.lock"), "apus-switchd goes on without bridges")
            #expect(try listDirectory("\(run)/networks").isEmpty)
            for name in ["networks", "switchd.lock", "switchd.start", "switchd.log", "switchd.sock"] { try? removeTree("\(run)/\(name)") }
        } catch { Issue.record(error) }
    }
}
