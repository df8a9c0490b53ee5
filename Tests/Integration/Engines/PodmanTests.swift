import LinuxSystem
import Testing

/// Podman and conmon drive the runtime, set up as in `examples/podman`.
@Suite(.requires(.ownProcessors)) struct PodmanTests {
    @Test func example() throws {
        try World.withPodman { world throws in
            let shown = try world.readme(of: "podman")
            #expect(shown.hasPrefix("apus\na container of its own\n") && shown.contains("shop-web Up") && shown.contains("shop-log Up"), "\(shown)")
            #expect(try world.output("podman", "ps", "-aq") == "")
        }
    }

    @Test func exitCodes() throws {
        try World.withPodman { world throws in
            try world.expect(0, "here", "podman", "run", "--rm", "--network", "none", "busybox", "echo", "here")
            try world.expect(3, "", "podman", "run", "--rm", "--network", "none", "busybox", "sh", "-c", "exit 3")
            try world.expect(127, "/nothing", "podman", "run", "--rm", "--network", "none", "busybox", "/nothing")
            try world.expect(127, "nothing", "podman", "run", "--rm", "--network", "none", "busybox", "nothing")
            try world.expect(126, "/etc", "podman", "run", "--rm", "--network", "none", "busybox", "/etc")
            try world.expect(125, "unknown flag", "podman", "run", "--nothing", "busybox", "true")
            #expect(try world.run("podman", "run", "--rm", "-i", "--network", "none", "busybox", "cat", input: "in").output == "in")
            // Named by its path, without the log in JSON.
            let path = "/usr/local/bin/apus-runtime"
            try world.expect(3, "", "podman", "--runtime", path, "run", "--rm", "--network", "none", "busybox", "sh", "-c", "exit 3")
            try world.expect(127, "/nothing", "podman", "--runtime", path, "run", "--rm", "--network", "none", "busybox", "/nothing")
            try world.expect(126, "/etc", "podman", "--runtime", path, "run", "--rm", "--network", "none", "busybox", "/etc")
            #expect(try world.output("podman", "ps", "-aq") == "")
        }
    }

    @Test func terminal() throws {
        try World.withPodman { world throws in
            let shown = try world.terminal("podman run --rm -it --network none busybox sh -c 'sleep 0.3; stty size; tty; echo $TERM'")
            #expect(shown == "33 99\n/dev/pts/0\nxterm")
            try world.output("podman", "run", "-d", "--name", "box", "--network", "none", "busybox", "sleep", "1000")
            let exec = "podman exec -it -u user:staff -w /tmp -e KEY=value box sh -c 'id -u; id -g; pwd; echo $KEY; tty'"
            #expect(try world.terminal(exec) == "1000\n50\n/tmp\nvalue\n/dev/pts/0")
        }
    }

    @Test func lifeOfAContainer() throws {
        try World.withPodman { world throws in
            let script = "echo started; echo problem >&2; trap 'exit 7' TERM; while :; do sleep 0.1; done"
            try world.output("podman", "run", "-d", "--name", "box", "--network", "none", "--hostname", "inside", "busybox", "sh", "-c", script)
            #expect(try eventually { try world.run("podman", "logs", "box") == Outcome(output: "started\n", errorOutput: "problem\n", code: 0) })
            let state = try world.output("podman", "inspect", "--format", "{{.State.Status}} {{.OCIRuntime}} {{.State.Pid}}", "box").split(separator: " ")
            #expect(state.prefix(2) == ["running", "apus"])
            #expect(try world.output("cat", "/proc/\(state.last ?? "0")/comm") == "sh")

            try world.expect(9, "inside", "podman", "exec", "box", "sh", "-c", "hostname; exit 9")
            try world.expect(127, "/nothing", "podman", "exec", "box", "/nothing")
            try world.expect(126, "/etc", "podman", "exec", "box", "/etc")
            #expect(try world.run("podman", "exec", "-i", "box", "cat", input: "in").output == "in")
            try world.output("podman", "exec", "-d", "box", "sleep", "77")
            #expect(try world.output("podman", "top", "box", "args").contains("sleep 77"))

            try world.output("podman", "pause", "box")
            #expect(try world.output("podman", "inspect", "--format", "{{.State.Status}}", "box") == "paused")
            try world.output("podman", "unpause", "box")
            #expect(try world.output("podman", "stats", "--no-stream", "--format", "{{.PIDs}}", "box") != "0")

            try world.output("podman", "stop", "-t", "10", "box")
            #expect(try world.output("podman", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "box") == "exited 7")
            try world.output("podman", "start", "box")
            try world.output("podman", "kill", "-s", "KILL", "box")
            #expect(try world.output("podman", "wait", "box") == "137")
            try world.output("podman", "restart", "-t", "0", "box")
            try world.output("podman", "rm", "-f", "-t", "0", "box")

            // A container that does not hear SIGTERM is killed at the end of the time it has.
            try world.output("podman", "run", "-d", "--name", "deaf", "--network", "none", "busybox", "sleep", "1000")
            try world.output("podman", "stop", "-t", "1", "deaf")
            #expect(try world.output("podman", "inspect", "--format", "{{.State.ExitCode}}", "deaf") == "137")

            // Created and started apart.
            try world.output("podman", "create", "--name", "apart", "--network", "none", "busybox", "echo", "apart")
            try world.output("podman", "init", "apart")
            #expect(try world.output("podman", "inspect", "--format", "{{.State.Status}}", "apart") == "initialized")
            try world.expect(0, "apart", "podman", "start", "-a", "apart")
        }
    }

    @Test func confinement() throws {
        try World.withPodman { world throws in
            func sh(_ flags: [String], _ script: String, at location: SourceLocation = #_sourceLocation) throws -> String {
                try world.sh(["podman", "run", "--rm", "--network", "none"] + flags + ["busybox", "sh", "-c", script], at: location)
            }
            #expect(try sh(["--read-only"], "touch /x 2>&1; touch /tmp/x && echo written") == "touch: /x: Read-only file system\nwritten")
            let capabilities = "grep -E 'Cap(Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status | tr -s '\\t\\n' '  '"
            #expect(
                try sh(["--cap-drop", "all", "--cap-add", "net_raw", "--security-opt", "no-new-privileges"], capabilities)
                    == "CapEff: 0000000000002000 CapBnd: 0000000000002000 CapAmb: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 ")
            #expect(try sh(["-u", "user"], capabilities).hasPrefix("CapEff: 0000000000000000 "))
            #expect(try sh([], "wc -c < /proc/keys; mkdir /proc/sys/x 2>&1 || grep Seccomp: /proc/self/status").hasSuffix("Seccomp:\t2"))
            try world.file("/mnt/shared/file", "content")
            #expect(
                try sh(["-v", "/mnt/shared:/shared:ro", "-v", "volume:/volume"], "cat /shared/file; touch /shared/x 2>&1; touch /volume/x && ls /volume")
                    == "contenttouch: /shared/x: Read-only file system\nx")
            #expect(try sh(["--init"], "ps -o pid,args").contains("1 /run/podman-init -- sh"))
            #expect(try sh(["--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536"], "tr -s ' ' < /proc/self/uid_map; id -u") == " 0 100000 65536\n0")
            #expect(
                try sh(
                    ["-u", "user", "--group-add", "staff", "--umask", "0027", "--oom-score-adj", "100", "--sysctl", "kernel.msgmax=100", "--shm-size", "1m"],
                    "id -G; umask; cat /proc/self/oom_score_adj /proc/sys/kernel/msgmax; df /dev/shm | grep -o ' 1024 .*' | cut -d ' ' -f 2")
                    == "1000 50\n0027\n100\n100\n1024")
            #expect(try sh(["--device", "/dev/zero:/dev/nought:r"], "head -c 3 /dev/nought | wc -c; echo > /dev/nought") == "3")
            #expect(try sh(["--privileged"], "wc -c < /proc/keys; ls /dev | wc -l").split(separator: "\n").compactMap { Int($0) }.allSatisfy { $0 > 0 })
        }
    }

    @Test func health() throws {
        try World.withPodman { world throws in
            try world.output(
                "podman", "run", "-d", "--name", "box", "--network", "none", "--health-cmd", "test -e /well", "--health-interval", "disable", "busybox",
                "sleep",
                "1000")
            try world.expect(1, "unhealthy", "podman", "healthcheck", "run", "box")
            try world.output("podman", "exec", "box", "touch", "/well")
            try world.expect(0, "", "podman", "healthcheck", "run", "box")
            #expect(try world.output("podman", "inspect", "--format", "{{.State.Healthcheck.Status}}", "box") == "healthy")
        }
    }

    @Test func pods() throws {
        try World.withPodman { world throws in
            try world.output("podman", "pod", "create", "--name", "pod", "--network", "none", "--share", "net,ipc,uts,pid", "--hostname", "shared")
            try world.output("podman", "run", "-d", "--pod", "pod", "--name", "one", "busybox", "sleep", "1000")
            #expect(try world.output("podman", "run", "--rm", "--pod", "pod", "busybox", "sh", "-c", "hostname; ps -o args").contains("sleep 1000"))
            let links = "for name in net ipc uts pid mnt; do readlink /proc/self/ns/$name; done"
            let one = try world.output("podman", "exec", "one", "sh", "-c", links).split(separator: "\n")
            let two = try world.output("podman", "run", "--rm", "--pod", "pod", "busybox", "sh", "-c", links).split(separator: "\n")
            #expect(one.count == 5 && one.dropLast() == two.dropLast() && one.last != two.last, "\(one) \(two)")
            try world.output("podman", "pod", "pause", "pod")
            #expect(try world.output("podman", "pod", "inspect", "--format", "{{.State}}", "pod") == "Paused")
            try world.output("podman", "pod", "unpause", "pod")
            try world.output("podman", "pod", "rm", "-f", "-t", "0", "pod")
        }
    }

    @Test func kube() throws {
        try World.withPodman { world throws in
            try world.output("podman", "play", "kube", "--network", "none", "/mnt/repository/examples/podman/pod.yaml")
            #expect(try eventually { try world.run("podman", "logs", "shop-log").output.contains("the shop says: open") })
            #expect(try world.output("podman", "exec", "shop-web", "id", "-u") == "1000")
            let id = try world.output("podman", "inspect", "--format", "{{.Id}}", "shop-web")
            #expect(try world.limit(id, v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "67108864")
            try world.output("podman", "play", "kube", "--down", "/mnt/repository/examples/podman/pod.yaml")
            #expect(try world.output("podman", "ps", "-aq") == "")
        }
    }

    @Test func hooks() throws {
        try World.withPodman { world throws in
            let stages = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
            for stage in stages where stage != "startContainer" && stage != "createContainer" {
                try world.file(
                    "/mnt/hooks/\(stage).json",
                    """
                    {"version": "1.0.0", "when": {"always": true}, "stages": ["\(stage)"], "hook":
                    {"path": "/bin/sh", "args": ["sh", "-c", "(cat; echo) | sed 's/^/\(stage) /' >> /mnt/hooks.out"]}}
                    """)
            }
            // This one runs in the container, and the program is the container's.
            try world.file(
                "/mnt/hooks/startContainer.json",
                """
                {"version": "1.0.0", "when": {"always": true}, "stages": ["startContainer"], "hook":
                {"path": "/bin/sh", "args": ["sh", "-c", "sed 's/^/startContainer /' > /hook.out"]}}
                """)
            #expect(
                try world.output("podman", "--hooks-dir", "/mnt/hooks", "run", "--network", "none", "--name", "box", "busybox", "cat", "/hook.out").hasPrefix(
                    "startContainer {"))
            try world.output("podman", "rm", "box")
            let lines = try world.output("cat", "/mnt/hooks.out").split(separator: "\n")
            let seen = lines.map { $0.split(separator: " ")[0] }
            #expect(seen == ["prestart", "createRuntime", "poststart", "poststop"])
            #expect(lines.allSatisfy { $0.contains("\"ociVersion\"") && $0.contains("\"bundle\"") }, "\(lines)")
        }
    }

    /// Podman's builder drives the runtime by itself, and asks for the state.
    @Test func build() throws {
        try World.withPodman { world throws in
            try world.file("/mnt/build/Containerfile", "FROM localhost/busybox\nRUN echo built by $(id -u) > /file\nUSER user\nCMD cat /file; id -u\n")
            try world.output("podman", "build", "-q", "--network", "none", "--runtime", "/usr/local/bin/apus-runtime", "-t", "made", "/mnt/build")
            #expect(try world.output("podman", "run", "--rm", "--network", "none", "made") == "built by 0\n1000")
        }
    }

    /// Many at once, and none disturbs another.
    @Test func manyAtOnce() throws {
        try World.withPodman { world throws in
            let script = """
                for n in 1 2 3 4 5 6; do (podman run --rm --network none busybox sh -c "sleep 0.$n; exit $n"; echo "$n $?") & done
                wait
                """
            let codes = try world.output("sh", "-c", script).split(separator: "\n").sorted()
            #expect(codes == ["1 1", "2 2", "3 3", "4 4", "5 5", "6 6"])
            try world.output("podman", "run", "-d", "--name", "box", "--network", "none", "busybox", "sleep", "1000")
            let execs = "for n in 1 2 3 4 5 6; do (podman exec box sh -c \"exit $n\"; echo \"$n $?\") & done; wait"
            #expect(try world.output("sh", "-c", execs).split(separator: "\n").sorted() == codes)
            try world.output("podman", "rm", "-f", "-t", "0", "box")
            #expect(try world.output("find", "/sys/fs/cgroup", "-name", "libpod-*") == "")
        }
    }

    @Test func network() throws {
        try World.withPodman { world throws in
            try world.output(
                "podman", "run", "-d", "--name", "web", "-p", "127.0.0.1:8080:80", "busybox", "sh", "-c", "echo served > index.html; httpd -f -h /")
            #expect(try eventually { try world.run("busybox", "wget", "-qO-", "http://127.0.0.1:8080/").output == "served\n" })
            let address = try world.output("podman", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", "web")
            try world.expect(0, "served", "podman", "run", "--rm", "busybox", "wget", "-qO-", "http://\(address)/")
        }
    }
}

/// The limits that Podman asks for, in the virtual machine too.
@Suite struct PodmanLimitTests {
    @Test func limits() throws {
        try World.withPodman { world throws in
            try world.output(
                "podman", "run", "-d", "--name", "box", "--network", "none", "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", "--cpuset-cpus", "0",
                "busybox", "sleep", "1000")
            let id = try world.output("podman", "inspect", "--format", "{{.Id}}", "box")
            #expect(try world.limit(id, v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "67108864")
            #expect(try world.limit(id, v1: "cpu/cpu.cfs_quota_us", v2: "cpu.max").split(separator: " ")[0] == "50000")
            #expect(try world.limit(id, v1: "pids/pids.max", v2: "pids.max") == "50")
            #expect(try world.limit(id, v1: "cpuset/cpuset.cpus", v2: "cpuset.cpus") == "0")
            try world.output("podman", "update", "--memory", "32m", "--cpus", "0.2", "box")
            #expect(try world.limit(id, v1: "memory/memory.limit_in_bytes", v2: "memory.max") == "33554432")
            #expect(try world.limit(id, v1: "cpu/cpu.cfs_quota_us", v2: "cpu.max").split(separator: " ")[0] == "20000")
            try world.expect(137, "", "podman", "run", "--rm", "--network", "none", "--memory", "16m", "busybox", "tail", "/dev/zero")
        }
    }
}

extension World {
    /// A world with Podman as `examples/podman` sets it up, and the image `busybox`.
    fileprivate static func withPodman(_ body: (World) throws -> Void) throws {
        try with("podman", "conmon", "catatonit") { world in
            try world.file("/etc/containers/containers.conf.d/apus.conf", readText("examples/podman/apus.conf"))
            // Where there is no systemd, and no capability to raise a hard limit.
            try world.file(
                "/etc/containers/containers.conf.d/test.conf",
                "[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n")
            try world.output("podman", "load", "-qi", world.image())
            try body(world)
        }
    }
}
