import Glibc
import LinuxSystem
import Testing

/// What `apus-runtime` does beside the plan: network devices, listeners, what an exec has from the container.
@Suite struct RuntimeFieldTests {
    private let bundle: Bundle
    private let program = monitorPath.split(separator: "/").dropLast().reduce(monitorPath.hasPrefix("/") ? "/" : "") { "\($0)\($1)/" } + "apus-runtime"

    init() throws { bundle = try Bundle() }

    /// The bundle's config.json, with more in `process` and in `linux`.
    private func configure(_ script: String, process: String = "", linux: String = "") throws {
        let namespaces = ["pid", "network", "ipc", "uts", "mount"].map { "{\"type\":\"\($0)\"}" }.joined(separator: ",")
        let text = """
            {"ociVersion":"1.2.0","root":{"path":"rootfs"},
             "process":{"user":{"uid":0,"gid":0},"args":["sh","-c","\(script)"],"env":["PATH=/bin"],"cwd":"/"\(process)},
             "mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/sys","type":"sysfs","source":"sysfs","options":["ro"]}],
             "linux":{"namespaces":[\(namespaces)]\(linux)}}
            """
        try replaceFile("\(bundle.directory)/config.json", with: Array(text.utf8))
    }

    private func start(_ arguments: String...) throws -> Running {
        try Running([program, "--root", "\(bundle.directory)/root"] + arguments, input: .empty, environment: ["PATH": "/usr/bin:/bin"])
    }

    /// Runs a script of the host in a network namespace of its own; `$RUNTIME` is the program with its root.
    private func inNetwork(_ script: String) throws -> Outcome {
        try Running(
            ["unshare", "--net", "sh", "-c", script], input: .empty,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "RUNTIME": "\(program) --root \(bundle.directory)/root"]
        ).wait()
    }

    private let veth = "ip link add one type veth peer name other; ip address add 10.9.0.1/24 dev one; "

    @Test func networkDevices() throws {
        try configure("busybox ip -o address show eth0; ls /sys/class/net", linux: ",\"netDevices\":{\"one\":{\"name\":\"eth0\"}}")
        let outcome = try inNetwork(veth + "$RUNTIME run --bundle \(bundle.directory) devices; echo $?; ip -o link show one")
        #expect(outcome.output.contains("inet 10.9.0.1/24 scope global eth0"))
        #expect(outcome.output.hasSuffix("eth0\nlo\n0\n"), "\(outcome)")
        #expect(outcome.errorOutput.contains("\"one\" does not exist"), "a virtual device ends with its network")
    }

    @Test func aDeviceThatCannotBeMovedLeavesNothing() throws {
        try configure("true", linux: ",\"netDevices\":{\"one\":{\"name\":\"lo\"}}")
        let outcome = try inNetwork(veth + "$RUNTIME run --bundle \(bundle.directory) devices; echo $?; $RUNTIME list --quiet; ip -o address show one")
        #expect(outcome.output.hasPrefix("1\n") && outcome.output.contains("10.9.0.1/24") && !outcome.output.contains("devices"))
        #expect(outcome.errorOutput.contains("cannot move network device one to the container (linux.netDevices): it has a device lo already"))
    }

    @Test func aResctrlGroupThatCannotBeLeavesNothing() throws {
        try configure("true", linux: ",\"intelRdt\":{\"closID\":\"gold\"}")
        let outcome = try start("run", "--bundle", bundle.directory, "group").wait()
        #expect(outcome.code == 1 && outcome.errorOutput.contains("linux.intelRdt"))
        #expect(try start("list", "--quiet").wait() == Outcome(code: 0))
    }

    @Test func listenersOfStartAndExec() throws {
        let agent = try TestAgent()
        agent.answer = { _ in EDQUOT }
        try configure(
            "busybox mkdir /tmp/x; busybox sleep 100",
            linux: ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"\(agent.path)\",\"listenerMetadata\":\"m\","
                + "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}")
        #expect(try agent.serve(start("create", "--bundle", bundle.directory, "notify")).code == 0)
        defer { _ = try? start("delete", "--force", "notify").wait() }
        #expect(try agent.serve(start("start", "notify")) == Outcome(code: 0))
        #expect(agent.states.count == 1 && agent.states.first?.contains("\"id\":\"notify\"") == true)
        let exec = try agent.serve(start("exec", "notify", "busybox", "mkdir", "/tmp/y"))
        #expect(exec.code == 1 && exec.errorOutput.contains("Disk quota exceeded"), "\(exec)")
        #expect(agent.states.count == 2 && agent.states.last?.contains("\"metadata\":\"m\"") == true)
        #expect(agent.calls.filter { $0 == 83 }.count == 2)
    }

    @Test func anExecFromAFileHasTheContainersRights() throws {
        try configure(
            "busybox sleep 100", process: ",\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"]},\"oomScoreAdj\":250")
        #expect(try start("create", "--bundle", bundle.directory, "rights").wait().code == 0)
        defer { _ = try? start("delete", "--force", "rights").wait() }
        #expect(try start("start", "rights").wait().code == 0)
        let file = "\(bundle.directory)/process.json"
        let script = "busybox grep Cap[PB] /proc/self/status; cat /proc/self/oom_score_adj"
        try replaceFile(file, with: Array("{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"sh\",\"-c\",\"\(script)\"],\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"}".utf8))
        let outcome = try start("exec", "--process", file, "rights").wait()
        #expect(outcome == Outcome(output: "CapPrm:\t0000000000000020\nCapBnd:\t0000000000000020\n250\n", code: 0))
    }
}
