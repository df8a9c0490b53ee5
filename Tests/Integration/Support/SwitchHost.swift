import Glibc
import LinuxSystem
import SwitchControl
import Testing

/// A network namespace as a host with a switch of its own, and others as its containers.
///
/// Both programs run in the host's namespace with a root of the test's own; at the end the daemon is stopped and nothing is left.
final class SwitchHost {
    let host: NetworkPlace
    let scratch: String
    var paths: SwitchPaths { SwitchPaths(Instance(root: "\(scratch)/root")) }
    private(set) var containers: [Int: NetworkPlace] = [:]

    /// Runs `body` with a host of its own.
    static func with(_ body: (SwitchHost) throws -> Void) throws {
        let made = try SwitchHost()
        defer { made.finish() }
        try body(made)
    }

    private init() throws {
        host = try NetworkPlace()
        scratch = "/tmp/apus-switch-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories("\(scratch)/root")
    }

    private func finish() {
        if let pid = try? state().pid {
            kill(pid, SIGTERM)
            for _ in 0..<300 where fileExists("/proc/\(pid)") { usleep(10_000) }
        }
        try? removeTree(paths.instance.runDirectory)
        try? removeTree(scratch)
    }

    /// Runs `apus switch …` that must succeed; its stdout without the last line feed.
    @discardableResult
    func apus(_ arguments: String..., at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try attempt(arguments)
        try #require(outcome.code == 0 && outcome.errorOutput.isEmpty, "apus switch \(arguments.joined(separator: " ")): \(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs `apus switch …` that may fail.
    func attempt(_ arguments: [String], timeout: Double = 60) throws -> Outcome {
        try host.attempt([Apus.program, "--root", "\(scratch)/root", "switch"] + arguments, timeout: timeout)
    }

    /// A namespace with `eth0` at 10.0.0.NUMBER and fd00::NUMBER, whose other end `vNUMBER` is in the host.
    @discardableResult
    func container(_ number: Int, mtu: Int = 1500) throws -> NetworkPlace {
        let place = try NetworkPlace()
        containers[number] = place
        try host.run("ip link add v\(number) mtu \(mtu) type veth peer name eth0 mtu \(mtu) address \(mac(number)) netns \(place.path)")
        try host.run("sysctl -qw net.ipv6.conf.v\(number).disable_ipv6=1")
        try host.run("ip link set v\(number) up")
        try place.run("ip link set eth0 up")
        try place.run("ip addr add 10.0.0.\(number)/24 dev eth0")
        try place.run("ip -6 addr add fd00::\(number)/64 dev eth0 nodad")
        return place
    }

    func mac(_ number: Int) -> String { "02:00:00:00:00:" + (number < 16 ? "0" : "") + String(number, radix: 16) }

    /// What the daemon says of itself.
    func state() throws -> SwitchState {
        guard let client = try SwitchClient.connect(paths) else { throw ApusError(.notFound, "no daemon runs") }
        return try client.state()
    }

    /// Whether one reaches another by one ping.
    func pings(_ from: NetworkPlace, _ address: String, seconds: Int = 2) throws -> Bool {
        try from.attempt(["ping", "-n", "-c", "1", "-W", "\(seconds)", address]).code == 0
    }
}
