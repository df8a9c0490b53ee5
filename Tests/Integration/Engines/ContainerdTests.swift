import LinuxSystem
import Testing

private let ctrRun = ["ctr", "run", "--runtime", "io.containerd.runc.v2", "--runc-binary", "/usr/local/bin/apus-runtime"]
private let image = "docker.io/library/busybox:latest"

/// containerd's shim drives the runtime, by `ctr` and by the CRI, set up as in `examples/containerd`.
@Suite(.requires(.ownProcessors)) struct ContainerdTests {
    @Test func example() throws {
        try World.withContainerd { world throws in
            let shown = try world.readme(of: "containerd")
            #expect(shown.hasPrefix("a container of its own\n") && shown.contains("67108864"), "\(shown)")
            #expect(try world.output("ctr", "containers", "ls", "-q") == "")
        }
    }

    @Test func run() throws {
        try World.withContainerd { world throws in
            func box(_ code: Int32, _ text: String, _ flags: [String], _ command: String..., at location: SourceLocation = #_sourceLocation) throws {
                let outcome = try world.run(ctrRun + ["--rm"] + flags + [image, "box"] + command)
                let said = outcome.output + outcome.errorOutput
                #expect(outcome.code == code && (text.isEmpty || said.contains(text)), "\(flags) \(command): \(outcome)", sourceLocation: location)
            }
            try box(3, "here", [], "sh", "-c", "echo here; exit 3")
            try box(1, "/nothing", [], "/nothing")
            try box(1, "/etc", [], "/etc")
            try box(0, "CapEff:\t00000000a80425fa", ["--cap-drop", "CAP_CHOWN", "--read-only"], "grep", "CapEff", "/proc/self/status")
            try box(1, "Read-only file system", ["--read-only"], "touch", "/x")
            try box(137, "", ["--memory-limit", "10000000"], "tail", "/dev/zero")
            try box(0, "/apus/box", ["--cgroup", "/apus/box"], "cat", "/proc/self/cgroup")
            try box(1, "Read-only file system", ["--mount", "type=bind,src=/tmp,dst=/mnt,options=rbind:ro"], "touch", "/mnt/x")
            let shown = try world.terminal(ctrRun.joined(separator: " ") + " --rm -t \(image) box sh -c 'sleep 0.3; stty size; tty'")
            #expect(shown == "33 99\n/dev/pts/0")
            #expect(try world.output("ctr", "containers", "ls", "-q") == "")
        }
    }

    @Test func containerRuntimeInterface() throws {
        try World.withContainerd { world throws in
            try world.output("ctr", "-n", "k8s.io", "images", "import", world.image())
            try world.output("ctr", "-n", "k8s.io", "images", "import", world.image("docker.io/library/pause:1", command: "sleep", "2147483647"))
            try #require(fileExists("build/cri/complete"), "the client of the CRI is missing, which scripts/deps test installs")
            let python = "/mnt/repository/build/cri/bin/python"
            let walk = try world.run(python, "/mnt/repository/scripts/engine-cri", "/run/containerd/containerd.sock", image, timeout: 120)
            #expect(
                walk
                    == Outcome(
                        output: """
                            sandbox SANDBOX_READY with an address
                            created CONTAINER_CREATED
                            started CONTAINER_RUNNING
                            memory 67108864
                            exec 4 1000 value pod-host 4096
                            exec 0 500 Seccomp: 2 touch: /x: Read-only file system
                            exec too long: context deadline exceeded
                            exec of nothing: True
                            stats True True
                            memory 33554432
                            one network True
                            start of nothing: True
                            stopped CONTAINER_EXITED 5
                            log from the container
                            sandbox SANDBOX_NOTREADY
                            left 0 0

                            """, code: 0))
        }
    }
}

/// What containerd does with a running task, in the virtual machine too.
@Suite struct ContainerdTaskTests {
    @Test func tasks() throws {
        try World.withContainerd { world throws in
            let script = "trap 'exit 7' TERM; trap 'touch /signalled' USR1; while :; do sleep 0.1; done"
            _ = try world.sh(ctrRun + ["-d", "--memory-limit", "33554432", "--cpus", "0.5", "--env", "KEY=value", image, "box", "sh", "-c", script])
            #expect(try world.limit("default/box", v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "33554432")
            try world.expect(9, "value", "ctr", "task", "exec", "--exec-id", "one", "box", "sh", "-c", "echo $KEY; exit 9")
            try world.expect(1, "/nothing", "ctr", "task", "exec", "--exec-id", "two", "box", "/nothing")
            let shown = try world.terminal("ctr task exec -t --exec-id three --user 1000:50 --cwd /tmp box sh -c 'sleep 0.3; id -u; id -g; pwd; tty'")
            #expect(shown == "1000\n50\n/tmp\n/dev/pts/0")
            try world.output("ctr", "task", "exec", "-d", "--exec-id", "four", "box", "sleep", "1000")
            #expect(try world.output("ctr", "task", "ps", "box").contains("ExecID:four"))

            try world.output("ctr", "task", "pause", "box")
            #expect(try world.output("ctr", "task", "ls").contains("PAUSED"))
            try world.output("ctr", "task", "resume", "box")
            #expect(try world.output("ctr", "task", "ls").contains("RUNNING"))
            #expect(try world.output("ctr", "task", "metrics", "box").contains("33554432"))

            try world.output("ctr", "task", "kill", "-s", "SIGKILL", "--exec-id", "four", "box")
            #expect(try eventually { try !world.output("ctr", "task", "ps", "box").contains("ExecID:four") })
            try world.output("ctr", "task", "kill", "-s", "SIGUSR1", "box")
            #expect(try eventually { try world.run("ctr", "task", "exec", "--exec-id", "five", "box", "test", "-e", "/signalled").code == 0 })
            try world.output("ctr", "task", "kill", "box")
            #expect(try eventually { try world.output("ctr", "task", "ls").contains("STOPPED") })
            try world.expect(0, "exit code 7", "ctr", "task", "delete", "box")
            try world.output("ctr", "container", "rm", "box")
            #expect(try world.output("find", "/sys/fs/cgroup", "-name", "box") == "")
        }
    }
}

extension World {
    /// A world with containerd as `examples/containerd` sets it up, a bridge for pods, and the image `busybox`.
    fileprivate static func withContainerd(_ body: (World) throws -> Void) throws {
        try with("containerd", "ctr", "containerd-shim-runc-v2") { world in
            let settings = """

                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "docker.io/library/pause:1"
                  restrict_oom_score_adj = true
                [plugins."io.containerd.grpc.v1.cri".cni]
                  bin_dir = "/usr/lib/cni"
                """
            try world.file("/etc/containerd/config.toml", readText("examples/containerd/config.toml") + settings)
            try world.file(
                "/etc/cni/net.d/10-pods.conflist",
                """
                {"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods0", "isGateway": true,
                "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.99.0.0/16"}]], "dataDir": "/run/cni"}}, {"type": "loopback"}]}
                """)
            try world.daemon("containerd", "-l", "warn", until: ["ctr", "version"])
            try world.output("ctr", "images", "import", world.image())
            try body(world)
        }
    }
}
