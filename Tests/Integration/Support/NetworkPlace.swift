import Glibc
import LinuxSystem
import Netlink
import Testing

/// A network namespace of a test's own, held by a process: its host, or a machine of the outside world.
final class NetworkPlace {
    private let holder: Running

    /// Makes one, with `lo` up.
    init() throws {
        holder = try Running(["unshare", "--net", "sleep", "600"], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
        for _ in 0..<500 where (try? readText("/proc/\(holder.pid)/comm")) != "sleep" { usleep(10_000) }
        try run("ip link set lo up")
    }

    deinit { holder.stop() }

    /// Its descriptor, for a call.
    func namespace() throws -> OwnedFD { try openFile(path, O_RDONLY) }

    /// Its path below /proc.
    var path: String { "/proc/\(holder.pid)/ns/net" }

    /// The words in front of a command that runs there; unlike `ip netns exec` it hides no cgroups.
    var prefix: [String] { ["nsenter", "--net=\(path)", "--"] }

    /// Runs a command there that must succeed; blanks part its words.
    @discardableResult
    func run(_ words: String, at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try attempt(words.split(separator: " ").map(String.init))
        try #require(outcome.code == 0, "\(words): \(outcome)", sourceLocation: location)
        return outcome.output
    }

    /// Runs a command there that may fail.
    func attempt(_ words: [String], input: Running.Input = .empty, timeout: Double = 60) throws -> Outcome {
        try Running(prefix + words, input: input, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]).wait(timeout: timeout)
    }
}
