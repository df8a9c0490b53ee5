import Glibc
import LinuxSystem
import Testing

/// `apus-runtime create` killed at any moment: `delete --force` finds whatever it left.
@Suite struct RuntimeCrashTests {
    @Test func aKilledCreationCanBeDeleted() throws {
        let bundle = try Bundle()
        let program = monitorPath.split(separator: "/").dropLast().reduce(monitorPath.hasPrefix("/") ? "/" : "") { "\($0)\($1)/" } + "apus-runtime"
        let config = """
            {"ociVersion":"1.2.0","root":{"path":"rootfs"},"process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/"},
             "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
             "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"network"}]}}
            """
        try replaceFile("\(bundle.directory)/config.json", with: Array(config.utf8))
        let root = "\(bundle.directory)/root"
        func start(_ arguments: String...) throws -> Running {
            try Running([program, "--root", root] + arguments, input: .empty, environment: ["PATH": "/usr/bin:/bin"])
        }
        var found = Set<String>()
        for round in 0..<rounds(60, slow: 12) {
            let id = "crash-\(getpid())-\(round)"
            let creation = try start("create", "--bundle", bundle.directory, id)
            usleep(.random(in: 0...(isSlow ? 400_000 : 25_000)))
            creation.send(SIGKILL)
            _ = try creation.wait()
            found.insert(try start("state", id).wait().code == 0 ? "recorded" : "not recorded")
            #expect(try start("delete", "--force", id).wait() == Outcome(code: 0))
            #expect(try listDirectory(root).allSatisfy { $0.hasPrefix(".") }, "round \(round)")
            // The cgroup has the container's name, and nobody else is called so.
            let left = try Running(["find", "/sys/fs/cgroup", "-type", "d", "-name", id], input: .empty, environment: [:]).wait().output
            #expect(left == "", "round \(round)")
        }
        #expect(found.contains("recorded"))
    }
}
