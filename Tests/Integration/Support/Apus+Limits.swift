import Engine
import Glibc
import LinuxSystem
import Testing

/// What the tests of limits look at: a container's process on the host, its cgroups' files, its processor time.
extension Apus {
    /// Starts a detached container that runs a script, and answers its id.
    func detached(_ script: String, _ flags: String...) throws -> String {
        let outcome = try run(["run", "-d"] + flags + ["busybox", "sh", "-c", script])
        if outcome.code != 0 { throw ApusError(.system, "\(flags): \(outcome)") }
        return String(outcome.output.dropLast())
    }

    /// Process 1 of a running container, as the host numbers it.
    func pid(of id: String) throws -> Int32 {
        let state = try readText("\(paths.running(id))/state.json")
        let pid = state.split(separator: ",").first { $0.contains("\"pid\":") }.flatMap { Int32($0.filter(\.isNumber)) }
        return try #require(pid)
    }

    /// The text of a file in a running container's cgroup: v2's, or that of the controller's v1 hierarchy.
    func cgroup(_ id: String, v2: String, v1: String) throws -> String {
        let lines = try readText("/proc/\(pid(of: id))/cgroup").split(separator: "\n")
        if Requirement.cgroup2.holds { return try readText("/sys/fs/cgroup\(lines[0].dropFirst(3))/\(v2)") }
        let controller = v1.prefix { $0 != "." }
        let path = try #require(lines.first { $0.contains(":\(controller):") }).split(separator: ":", maxSplits: 2)[2]
        return try readText("/sys/fs/cgroup/\(controller)\(path)/\(v1)")
    }

    /// Seconds of processor time of a process, without its children.
    func processorTime(_ pid: Int32) throws -> Double {
        let text = try readText("/proc/\(pid)/schedstat")
        return try Double(#require(text.split(separator: " ").first)).map { $0 / 1e9 } ?? 0
    }

    /// How a container ended.
    func exitRecord(_ id: String) throws -> String { try readText("\(paths.container(id))/exit.json") }
}
