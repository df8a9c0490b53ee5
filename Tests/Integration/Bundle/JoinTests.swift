import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// Namespaces that are joined by path: the program is in the very one that was named.
@Suite struct JoinTests {
    /// A process of the host that holds namespaces of its own.
    private func holder(_ flags: [String]) throws -> Running {
        let running = try Running(["unshare"] + flags + ["sleep", "60"], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
        for _ in 0..<200 {  // until it has made them and runs sleep
            if (try? readText("/proc/\(running.pid)/comm")) == "sleep" || !children(of: running.pid).isEmpty { return running }
            usleep(10_000)
        }
        throw ApusError(.system, "unshare does not get ready")
    }

    private func children(of pid: Int32) -> [Int32] {
        ((try? readText("/proc/\(pid)/task/\(pid)/children")) ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    private func joining(_ bundle: Bundle, _ script: String, _ paths: [String: String]) throws -> Outcome {
        var spec = bundle.spec(["sh", "-c", script])
        spec.linux?.namespaces = ["pid", "network", "ipc", "uts", "mount"].map { LinuxNamespace(type: $0, path: paths[$0]) }
        if let user = paths["user"] { spec.linux?.namespaces?.append(LinuxNamespace(type: "user", path: user)) }
        if paths["uts"] != nil { spec.hostname = nil }
        return try run(spec)
    }

    @Test func networkIpcAndUts() throws {
        let holder = try holder(["--net", "--ipc", "--uts"])
        defer { holder.stop() }
        let paths = ["network": "/proc/\(holder.pid)/ns/net", "ipc": "/proc/\(holder.pid)/ns/ipc", "uts": "/proc/\(holder.pid)/ns/uts"]
        let expected = try ["network", "ipc", "uts"].map { try readLink(paths[$0] ?? "") + "\n" }.joined()
        let outcome = try joining(Bundle(), "for kind in net ipc uts; do readlink /proc/self/ns/$kind; done", paths)
        #expect(outcome == Outcome(output: expected, code: 0))
    }

    @Test func pid() throws {
        let holder = try holder(["--pid", "--fork", "--kill-child"])
        defer { holder.stop() }
        let path = "/proc/\(holder.pid)/ns/pid_for_children"
        let outcome = try joining(Bundle(), "readlink /proc/self/ns/pid; [ $$ -gt 1 ] && echo not first", ["pid": path])
        #expect(outcome == Outcome(output: try readLink(path) + "\nnot first\n", code: 0))
    }

    @Test func userAndWhatItOwns() throws {
        let holder = try holder(["--user", "--map-root-user", "--net"])
        defer { holder.stop() }
        let paths = ["user": "/proc/\(holder.pid)/ns/user", "network": "/proc/\(holder.pid)/ns/net"]
        let expected = try ["user", "network"].map { try readLink(paths[$0] ?? "") + "\n" }.joined()
        let outcome = try joining(Bundle(), "readlink /proc/self/ns/user; readlink /proc/self/ns/net; id -u; echo x > /dev/null && echo null", paths)
        #expect(outcome == Outcome(output: expected + "0\nnull\n", code: 0))
    }

    @Test func aFileThatIsNoNamespace() throws {
        let error = #expect(throws: ApusError.self) { try joining(Bundle(), "true", ["network": "/dev/null"]) }
        #expect(error?.description == "cannot join namespace network (linux.namespaces[1]): invalid argument (EINVAL)")
    }
}
