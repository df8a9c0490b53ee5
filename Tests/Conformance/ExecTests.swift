import Glibc
import LinuxSystem
import Testing

/// runc's `exec`.
@Suite("Exec") struct ExecTests {
    @Test("runc exec: the program runs in the container: its root, its namespaces, its cgroup")
    func inside() throws {
        try container { c throws in
            c.config["hostname"] = "inside"
            try c.launch()
            let script = "hostname; ls -d /bin/busybox; cat /proc/self/cgroup; for n in pid net mnt ipc uts; do readlink /proc/self/ns/$n; done"
            let groups = try readText("/proc/\(c.pid())/cgroup")
            let links = try ["pid", "net", "mnt", "ipc", "uts"].map { try c.namespace($0) }.joined(separator: "\n")
            let printed = try c.exec(c.id, "sh", "-c", script).output
            #expect(printed == "inside\n/bin/busybox\n\(groups)\n\(links)\n")
        }
    }

    @Test("runc exec: its exit status is the program's", arguments: [0, 7, 255])
    func exitStatus(_ status: Int32) throws {
        try container { c throws in
            try c.launch()
            #expect(try c.exec(c.id, "sh", "-c", "exit \(status)").code == status)
        }
    }

    @Test("runc exec: of a program that a signal killed it is 128 and the signal")
    func killed() throws {
        try container { c throws in
            try c.launch()
            #expect(try c.exec(c.id, "sh", "-c", "kill -9 $$").code == 137)
        }
    }

    @Test("runc exec: what fails before the program has exit status 255: no such program, no such container, a pid file that cannot be written")
    func notFound() throws {
        try container { c throws in
            try c.launch()
            let outcome = try c.refused("exec", c.id, "no-such-program")
            #expect(outcome.code == 255 && outcome.errorOutput.contains("no-such-program"), "\(outcome)")
            #expect(try c.refused("exec", c.other(), "true").code == 255)
            #expect(try c.refused("exec", "--pid-file", "\(c.scratch)/no/such/directory", c.id, "true").code == 255)
        }
    }

    @Test("runc exec: stdin, stdout and stderr are the program's")
    func streams() throws {
        try container { c throws in
            try c.launch()
            #expect(
                try c.exec(c.id, "sh", "-c", "cat; echo error >&2", input: "some input\n") == Outcome(output: "some input\n", errorOutput: "error\n", code: 0))
        }
    }

    @Test("runc exec: it needs an id, and a program", arguments: [[], ["ID"]])
    func needsArguments(_ arguments: [String]) throws {
        try container { c throws in
            try c.launch()
            let outcome = try c.call(["exec"] + arguments.map { $0 == "ID" ? c.id : $0 })
            #expect(outcome.code > 0 && outcome.errorOutput != "")
        }
    }

    @Test("runc exec: in an unknown or a stopped container it is an error")
    func notRunning() throws {
        try container { c throws in
            try c.refused("exec", c.id, "true")
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.refused("exec", c.id, "true")
        }
    }

    @Test("runc exec: in a created container it runs, and the container stays created")
    func created() throws {
        try container { c throws in
            try c.create()
            let printed = try c.exec(c.id, "echo", "here").output
            #expect(printed == "here\n")
            #expect(try c.status() == "created")
        }
    }

    @Test("runc exec: user, cwd, environment and groups are the container's where nothing is said")
    func inherited() throws {
        try container { c throws in
            c.config["process"]["user"] = ["uid": 1000, "gid": 2000, "additionalGids": [5]]
            c.config["process"]["cwd"] = "/etc"
            c.config["process"]["env"].append("A=1")
            try c.launch()
            let printed = try c.exec(c.id, "sh", "-c", "id -u; id -g; id -G; pwd; echo $A").output
            #expect(printed == "1000\n2000\n2000 5\n/etc\n1\n")
        }
    }

    @Test("runc exec: --user takes a uid, or a uid and a gid", arguments: [("1000", "1000:0"), ("1000:2000", "1000:2000")])
    func user(_ value: String, _ expected: String) throws {
        try container { c throws in
            try c.launch()
            let printed = try c.exec("--user", value, c.id, "sh", "-c", "echo $(id -u):$(id -g)").line
            #expect(printed == expected)
            let printed2 = try c.exec("-u", value, c.id, "sh", "-c", "echo $(id -u):$(id -g)").line
            #expect(printed2 == expected)
        }
    }

    @Test("runc exec: --user with a name is an error")
    func userName() throws {
        try container { c throws in
            try c.launch()
            try c.refused("exec", "--user", "root", c.id, "true")
        }
    }

    @Test("runc exec: --additional-gids")
    func groups() throws {
        try container { c throws in
            try c.launch()
            let printed = try c.exec("--user", "1000:1000", "--additional-gids", "100", "--additional-gids", "65534", c.id, "id", "-G").line
            #expect(printed == "1000 100 65534")
        }
    }

    @Test("runc exec: --cwd")
    func workingDirectory() throws {
        try container { c throws in
            try c.launch()
            let printed = try c.exec("--cwd", "/etc", c.id, "pwd").line
            #expect(printed == "/etc")
        }
    }

    @Test("runc exec: --env adds a variable and replaces one", arguments: ["--env", "-e"])
    func environment(_ flag: String) throws {
        try container { c throws in
            c.config["process"]["env"].append("A=1")
            try c.launch()
            let printed = try c.exec(flag, "A=2", flag, "B=x y", c.id, "sh", "-c", "echo $A,$B").line
            #expect(printed == "2,x y")
        }
    }

    @Test("runc exec: --env takes the place of a variable that programs look for themselves")
    func environmentOnce() throws {
        try container { c throws in
            try c.launch()
            let variables = try c.exec("--env", "PATH=/bin:/opt", c.id, "cat", "/proc/self/environ").output.split(separator: "\0")
            #expect(variables.filter { $0.hasPrefix("PATH=") } == ["PATH=/bin:/opt"])
        }
    }

    @Test("runc exec: --cap adds a capability that the container does not have")
    func capability() throws {
        try container { c throws in
            try c.launch()
            let script = "grep CapEff /proc/self/status | cut -f 2"
            let before = Int(try c.exec(c.id, "sh", "-c", script).line, radix: 16) ?? 0
            let after = Int(try c.exec("--cap", "CAP_SYS_NICE", c.id, "sh", "-c", script).line, radix: 16) ?? 0
            #expect(before >> 23 & 1 == 0 && after == before | 1 << 23)
        }
    }

    @Test("runc exec: --cap where the container has none: bounding, permitted and effective, and a name that there is not is passed over")
    func capabilityAlone() throws {
        try container { c throws in
            c.config["process"]["capabilities"] = [:]
            try c.launch()
            let script = "for s in Inh Prm Eff Bnd Amb; do grep ^Cap$s /proc/self/status | cut -f 2 | sed 's/^0*//'; done | tr '\\n' ,"
            let printed = try c.exec("--cap", "CAP_KILL", c.id, "sh", "-c", script).output
            #expect(printed == ",20,20,20,,")
            let printed2 = try c.exec("--cap", "CAP_NO_SUCH", c.id, "sh", "-c", script).output
            #expect(printed2 == ",,,,,")
        }
    }

    @Test("runc exec: --detach of a program that is not there is an error too")
    func detachNotFound() throws {
        try container { c throws in
            try c.launch()
            try c.refused("exec", "--detach", c.id, "/no/such/program")
        }
    }

    @Test("runc exec: --no-new-privs")
    func noNewPrivileges() throws {
        try container { c throws in
            try c.launch()
            let printed = try c.exec("--no-new-privs", c.id, "sh", "-c", "grep NoNewPrivs /proc/self/status | cut -f 2").line
            #expect(printed == "1")
            let printed2 = try c.exec(c.id, "sh", "-c", "grep NoNewPrivs /proc/self/status | cut -f 2").line
            #expect(printed2 == "0")
        }
    }

    @Test("runc exec: --process reads the process from a file", arguments: ["--process", "-p"])
    func process(_ flag: String) throws {
        try container { c throws in
            try c.launch()
            let process: JSON = [
                "args": ["sh", "-c", "id -u; pwd; echo $A; grep CapEff /proc/self/status | cut -f 2"], "cwd": "/etc", "env": ["PATH=/bin", "A=1"],
                "user": ["uid": 0, "gid": 0], "capabilities": ["bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]],
            ]
            let printed = try c.exec(flag, c.file("process.json", process.text), c.id).output
            #expect(printed == "0\n/etc\n1\n0000000000000020\n")
        }
    }

    @Test("runc exec: a --process file that is not there, or not JSON, is an error")
    func badProcess() throws {
        try container { c throws in
            try c.launch()
            try c.refused("exec", "--process", "\(c.scratch)/nowhere", c.id)
            try c.refused("exec", "--process", c.file("process.json", "{"), c.id)
        }
    }

    @Test("runc exec: --detach returns at once; --pid-file holds the program's pid")
    func detach() throws {
        try container { c throws in
            try c.launch()
            try c.must("exec", "--detach", "--pid-file", "\(c.scratch)/pid", c.id, "sleep", "1001")
            let pid = try #require(c.text("pid"))
            #expect(try eventually { try readText("/proc/\(pid)/cmdline") == "sleep\u{0}1001\u{0}" })
            #expect(try readLink("/proc/\(pid)/ns/pid") == c.namespace("pid"))
        }
    }

    @Test("runc exec: --preserve-fds")
    func preserveDescriptors() throws {
        try container { c throws in
            try c.launch()
            let first = try openFile(c.file("first", "one\n"), O_RDONLY)
            #expect(try c.call(["exec", "--preserve-fds", "1", c.id, "sh", "-c", "cat <&3"], descriptors: [first.raw, first.raw]).output == "one\n")
        }
    }

    @Test("runc exec: in a paused container it is an error; with --ignore-paused it waits for resume")
    func paused() throws {
        try container { c throws in
            try c.launch()
            try c.must("pause", c.id)
            try c.refused("exec", c.id, "true")
            let exec = try c.begin(["exec", "--ignore-paused", c.id, "echo", "here"])
            usleep(200_000)
            try c.must("resume", c.id)
            #expect(try exec.wait().output == "here\n")
        }
    }

    @Test("runc exec: options end at the id: what follows is the program's")
    func optionsEnd() throws {
        try container { c throws in
            try c.launch()
            let printed = try c.exec(c.id, "echo", "--user", "-t").line
            #expect(printed == "--user -t")
        }
    }

    @Test("runc exec: rlimits, noNewPrivileges and oomScoreAdj of the container hold for its programs")
    func rights() throws {
        try container { c throws in
            c.config["process"]["rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 100, "hard": 200]]
            c.config["process"]["noNewPrivileges"] = true
            c.config["process"]["oomScoreAdj"] = 987
            try c.launch()
            let script = "grep 'open files' /proc/self/limits | tr -s ' '; grep NoNewPrivs /proc/self/status | cut -f 2; cat /proc/self/oom_score_adj"
            let printed = try c.exec(c.id, "sh", "-c", script).output
            #expect(printed == "Max open files 100 200 files \n1\n987\n")
        }
    }

    @Test("runc exec: capabilities are the container's")
    func capabilities() throws {
        try container { c throws in
            c.config["process"]["capabilities"] = ["bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]]
            try c.launch()
            let printed = try c.exec(c.id, "sh", "-c", "grep -E 'Cap(Bnd|Eff|Inh)' /proc/self/status | cut -f 2").output
            #expect(printed == "0000000000000000\n0000000000000020\n0000000000000020\n")
        }
    }

    @Test("config.md#linux-process: execCPUAffinity is that of a program of exec")
    func affinity() throws {
        try container { c throws in
            c.config["process"]["execCPUAffinity"] = ["initial": "0", "final": "0"]
            try c.launch()
            let printed = try c.exec(c.id, "sh", "-c", "grep Cpus_allowed_list /proc/self/status | cut -f 2").line
            #expect(printed == "0")
            #expect(try readText("/proc/\(c.pid())/status").contains("Cpus_allowed_list:\t\(readText("/sys/devices/system/cpu/online"))"))
        }
    }

    @Test("runc exec: --cgroup puts the program in a cgroup below the container's", .requires(.unified))
    func cgroup() throws {
        try container { c throws in
            try c.launch()
            try makeDirectories("\(c.cgroup())/below")
            #expect(try c.exec("--cgroup", "below", c.id, "cat", "/proc/self/cgroup").line.hasSuffix("\(c.id)/below"))
        }
    }
}
