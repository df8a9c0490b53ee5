import LinuxSystem
import Testing

/// dockerd drives the runtime, set up as in `examples/docker`.
@Suite(.requires(.ownProcessors)) struct DockerTests {
    @Test func example() throws {
        try World.withDocker { world throws in
            let shown = try world.readme(of: "docker")
            #expect(shown.hasPrefix("apus\na container of its own\n") && shown.contains("iB / 64MiB"), "\(shown)")
            #expect(try world.output("docker", "ps", "-aq") == "")
        }
    }

    @Test func exitCodesAndTerminal() throws {
        try World.withDocker { world throws in
            try world.expect(0, "apus", "docker", "info", "--format", "{{.DefaultRuntime}}")
            try world.expect(3, "here", "docker", "run", "--rm", "--network", "none", "busybox", "sh", "-c", "echo here; exit 3")
            try world.expect(127, "/nothing", "docker", "run", "--rm", "--network", "none", "busybox", "/nothing")
            try world.expect(127, "nothing", "docker", "run", "--rm", "--network", "none", "busybox", "nothing")
            try world.expect(126, "/etc", "docker", "run", "--rm", "--network", "none", "busybox", "/etc")
            try world.expect(125, "unknown flag", "docker", "run", "--nothing", "busybox", "true")
            #expect(try world.run("docker", "run", "--rm", "-i", "--network", "none", "busybox", "cat", input: "in").output == "in")
            let shown = try world.terminal("docker run --rm -it --network none busybox sh -c 'sleep 0.5; stty size; tty; echo $TERM'")
            #expect(shown == "33 99\n/dev/pts/0\nxterm")
            #expect(try world.output("docker", "ps", "-aq") == "")
        }
    }

    @Test func lifeOfAContainer() throws {
        try World.withDocker { world throws in
            let script = "echo started; echo problem >&2; trap 'exit 7' TERM; while :; do sleep 0.1; done"
            try world.output("docker", "run", "-d", "--name", "box", "--network", "none", "--hostname", "inside", "busybox", "sh", "-c", script)
            #expect(try eventually { try world.run("docker", "logs", "box") == Outcome(output: "started\n", errorOutput: "problem\n", code: 0) })
            #expect(try world.output("docker", "inspect", "--format", "{{.State.Status}} {{.HostConfig.Runtime}}", "box") == "running apus")
            let pid = try world.output("docker", "inspect", "--format", "{{.State.Pid}}", "box")
            #expect(try world.output("cat", "/proc/\(pid)/comm") == "sh")

            try world.expect(9, "inside", "docker", "exec", "box", "sh", "-c", "hostname; exit 9")
            try world.expect(126, "/nothing", "docker", "exec", "box", "/nothing")
            #expect(try world.run("docker", "exec", "-i", "box", "cat", input: "in").output == "in")
            let exec = "docker exec -it -u user:staff -w /tmp -e KEY=value box sh -c 'sleep 0.3; id -u; id -g; pwd; echo $KEY; stty size; tty'"
            #expect(try world.terminal(exec) == "1000\n50\n/tmp\nvalue\n33 99\n/dev/pts/0")
            try world.output("docker", "exec", "-d", "box", "sleep", "77")
            #expect(try world.output("docker", "top", "box").contains("sleep 77"))

            try world.output("docker", "pause", "box")
            #expect(try world.output("docker", "inspect", "--format", "{{.State.Status}}", "box") == "paused")
            try world.output("docker", "unpause", "box")
            let stats = try world.output("docker", "stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "box")
            #expect(stats.contains("iB / ") && Int(stats.split(separator: " ").last ?? "") ?? 0 >= 2, "\(stats)")

            try world.output("docker", "stop", "-t", "10", "box")
            #expect(try world.output("docker", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "box") == "exited 7")
            try world.output("docker", "start", "box")
            try world.output("docker", "kill", "box")
            #expect(try world.output("docker", "wait", "box") == "137")
            try world.output("docker", "restart", "-t", "0", "box")
            #expect(try world.output("docker", "inspect", "--format", "{{.State.Status}}", "box") == "running")
            try world.output("docker", "rm", "-f", "box")
            #expect(try world.output("find", "/sys/fs/cgroup", "-path", "*/docker/*", "-type", "d") == "")
        }
    }

    @Test func confinement() throws {
        try World.withDocker { world throws in
            func sh(_ flags: [String], _ script: String, at location: SourceLocation = #_sourceLocation) throws -> String {
                try world.sh(["docker", "run", "--rm", "--network", "none"] + flags + ["busybox", "sh", "-c", script], at: location)
            }
            #expect(try sh(["--read-only", "--tmpfs", "/t"], "touch /x 2>&1; touch /t/x && echo written") == "touch: /x: Read-only file system\nwritten")
            let capabilities = "grep -E 'Cap(Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status | tr -s '\\t\\n' '  '"
            #expect(
                try sh(["--cap-drop", "all", "--cap-add", "net_raw", "--security-opt", "no-new-privileges"], capabilities)
                    == "CapEff: 0000000000002000 CapBnd: 0000000000002000 CapAmb: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 ")
            #expect(try sh([], "unshare -U true 2>&1; wc -c < /proc/keys") == "unshare: unshare(0x10000000): Operation not permitted\n0")
            try world.file("/mnt/shared/file", "content")
            #expect(
                try sh(["-v", "/mnt/shared:/shared:ro", "-v", "volume:/volume"], "cat /shared/file; touch /shared/x 2>&1; touch /volume/x && ls /volume")
                    == "contenttouch: /shared/x: Read-only file system\nx")
            #expect(try sh(["--init"], "ps -o pid,args").contains("1 /sbin/docker-init -- sh"))
            #expect(
                try sh(
                    ["-u", "user", "--group-add", "staff", "--oom-score-adj", "100", "--sysctl", "kernel.msgmax=100", "--ulimit", "nofile=100:200"],
                    "id -G; ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj /proc/sys/kernel/msgmax") == "1000 50\n100\n200\n100\n100")
            #expect(try sh(["--device", "/dev/zero:/dev/nought:r"], "head -c 3 /dev/nought | wc -c") == "3")
            #expect(try sh(["--cgroupns", "private"], "cut -d : -f 3 /proc/self/cgroup | sort -u") == "/")
            #expect(try sh(["--pid", "host", "--uts", "host", "--ipc", "host"], "hostname; ps -o args").contains("dockerd"))
            // Namespaces of another container.
            try world.output("docker", "run", "-d", "--name", "box", "--network", "none", "--ipc", "shareable", "busybox", "sleep", "1000")
            let joined = try world.sh(
                ["docker", "run", "--rm", "--network", "container:box", "--pid", "container:box", "--ipc", "container:box", "busybox", "ps", "-o", "args"])
            #expect(joined.contains("sleep 1000"))
        }
    }

    /// Without a pid namespace of its own, the death of its first process leaves the others of a container to the runtime.
    @Test func hostProcesses() throws {
        try World.withDocker { world throws in
            let script = "sleep 7777 & sleep 8888 & trap 'exit 0' TERM; wait"
            try world.output("docker", "run", "-d", "--name", "box", "--network", "none", "--pid", "host", "busybox", "sh", "-c", script)
            #expect(try eventually { try world.output("docker", "top", "box").contains("sleep 8888") })
            try world.output("docker", "stop", "-t", "10", "box")
            #expect(try eventually { try world.run("pgrep", "-f", "^sleep (7777|8888)").code == 1 })
            try world.output("docker", "rm", "box")
        }
    }

    @Test func manyAtOnce() throws {
        try World.withDocker { world throws in
            let script = """
                for n in 1 2 3 4 5 6; do (docker run --rm --network none busybox sh -c "sleep 0.$n; exit $n"; echo "$n $?") & done
                wait
                """
            let codes = try world.output("sh", "-c", script).split(separator: "\n").sorted()
            #expect(codes == ["1 1", "2 2", "3 3", "4 4", "5 5", "6 6"])
            try world.output("docker", "run", "-d", "--name", "box", "--network", "none", "busybox", "sleep", "1000")
            let execs = "for n in 1 2 3 4 5 6; do (docker exec box sh -c \"exit $n\"; echo \"$n $?\") & done; wait"
            #expect(try world.output("sh", "-c", execs).split(separator: "\n").sorted() == codes)
            // Its classic builder takes the default runtime.
            try world.file("/mnt/build/Dockerfile", "FROM busybox\nRUN echo built by $(id -u) > /file\nUSER user\nCMD cat /file; id -u\n")
            try world.output("docker", "build", "-q", "--network", "none", "-t", "made", "/mnt/build")
            #expect(try world.output("docker", "run", "--rm", "--network", "none", "made") == "built by 0\n1000")
        }
    }

    @Test func healthAndNetwork() throws {
        try World.withDocker { world throws in
            try world.output(
                "docker", "run", "-d", "--name", "web", "-p", "127.0.0.1:8080:80", "--health-cmd", "test -e /well", "--health-interval", "0.2s",
                "--health-retries", "1", "busybox", "sh", "-c", "echo served > index.html; httpd -f -h /")
            let health = ["docker", "inspect", "--format", "{{.State.Health.Status}}", "web"]
            #expect(try eventually { try world.sh(health) == "unhealthy" })
            try world.output("docker", "exec", "web", "touch", "/well")
            #expect(try eventually { try world.sh(health) == "healthy" })
            #expect(try eventually { try world.run("busybox", "wget", "-qO-", "http://127.0.0.1:8080/").output == "served\n" })
            let address = try world.output("docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", "web")
            try world.expect(0, "served", "docker", "run", "--rm", "busybox", "wget", "-qO-", "http://\(address)/")
            // A container that dies is started again.
            try world.output("docker", "run", "-d", "--name", "phoenix", "--network", "none", "--restart", "always", "busybox", "sleep", "1000")
            let pid = try world.output("docker", "inspect", "--format", "{{.State.Pid}}", "phoenix")
            try world.output("kill", "-9", pid)
            #expect(
                try eventually {
                    let now = try world.output("docker", "inspect", "--format", "{{.State.Pid}} {{.State.Running}}", "phoenix").split(separator: " ")
                    return now[0] != pid && now[1] == "true"
                })
        }
    }

    /// Swarm wholly on the runtime, by the script that `examples/swarm` has for it.
    @Test func swarm() throws {
        try World.withDocker { world throws in
            let outcome = try world.run("sh", "/mnt/repository/examples/swarm/play", timeout: 170)
            #expect(
                outcome.code == 0
                    && outcome.output == """
                        three replicas run on apus
                        five replicas run on apus
                        one was killed, and five run on apus
                        five run on apus, each of the new version
                        the service is gone

                        """,
                "\(outcome)")
        }
    }
}

/// The limits that Docker asks for, in the virtual machine too.
@Suite struct DockerLimitTests {
    @Test func limits() throws {
        try World.withDocker { world throws in
            try world.output(
                "docker", "run", "-d", "--name", "box", "--network", "none", "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", "--cpuset-cpus", "0",
                "busybox", "sleep", "1000")
            let id = try world.output("docker", "inspect", "--format", "{{.Id}}", "box")
            #expect(try world.limit(id, v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "67108864")
            #expect(try world.limit(id, v1: "cpu/cpu.cfs_quota_us", v2: "cpu.max").split(separator: " ")[0] == "50000")
            #expect(try world.limit(id, v1: "pids/pids.max", v2: "pids.max") == "50")
            #expect(try world.limit(id, v1: "cpuset/cpuset.cpus", v2: "cpuset.cpus") == "0")
            try world.output("docker", "update", "--memory", "32m", "--memory-swap", "40m", "--cpus", "0.2", "--pids-limit", "20", "box")
            #expect(try world.limit(id, v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "33554432")
            #expect(try world.limit(id, v1: "cpu/cpu.cfs_quota_us", v2: "cpu.max").split(separator: " ")[0] == "20000")
            #expect(try world.limit(id, v1: "pids/pids.max", v2: "pids.max") == "20")
            try world.output("docker", "update", "--cpus", "0.3", "box")
            #expect(try world.limit(id, v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "33554432")
            try world.expect(137, "", "docker", "run", "--network", "none", "--name", "greedy", "--memory", "20m", "busybox", "tail", "/dev/zero")
            // The engine hears of it by a watch of its own, which an emulated machine may serve too late.
            let killed = try world.output("docker", "inspect", "--format", "{{.State.OOMKilled}}", "greedy")
            #expect(killed == "true" || isSlow && killed == "false")
        }
    }
}

extension World {
    /// A world with Docker as `examples/docker` sets it up, and the image `busybox`.
    static func withDocker(_ body: (World) throws -> Void) throws {
        try with("dockerd", "docker", "containerd", "docker-init", "iptables") { world in
            try world.file("/etc/docker/daemon.json", readText("examples/docker/daemon.json"))
            try world.daemon("dockerd", "--exec-opt", "native.cgroupdriver=cgroupfs", "-l", "warn", until: ["docker", "version"])
            try world.output("docker", "load", "-qi", world.image())
            try body(world)
        }
    }
}
