import Glibc
import LinuxSystem
import Testing

/// What runc's own integration suite expects of a runtime and no document says.
@Suite("runc's own suite") struct SuiteTests {
    private func hook(_ script: String) -> JSON { ["path": "/bin/sh", "args": ["sh", "-c", .string(script)]] }

    @Test("runc -h: the text begins with NAME and has what is asked about in its second line", arguments: ["run", "exec", "kill", "checkpoint"])
    func help(_ command: String) throws {
        let lines = try Runtime.call(command, "-h").output.split(separator: "\n")
        #expect(lines.first == "NAME:")
        #expect(lines.dropFirst().first?.contains("runc \(command)") == true)
    }

    @Test("runc: help about an unknown command is an error")
    func unknownHelp() throws {
        let outcome = try Runtime.call("foo", "-h")
        #expect(outcome.code != 0 && (outcome.output + outcome.errorOutput).contains("No help topic for 'foo'"))
    }

    @Test("runc --version: the name, the commit and the specification, a line each")
    func version() throws {
        let lines = try Runtime.call("--version").output.split(separator: "\n")
        #expect(lines.count >= 3)
        #expect(lines.first?.contains(" version ") == true)
        #expect(lines.dropFirst().first?.hasPrefix("commit: ") == true)
        #expect(lines.dropFirst(2).first?.hasPrefix("spec: ") == true)
    }

    @Test("runc --debug: the stages of a start are told", arguments: ["nsexec container setup", "child process in init()", "init: closing the pipe"])
    func debug(_ stage: String) throws {
        try container { c throws in
            try c.writeConfig()
            let outcome = try c.call("--debug", "run", "--bundle", c.bundle, c.id)
            #expect(outcome.code == 0 && outcome.errorOutput.contains("level=debug") && outcome.errorOutput.contains(stage))
        }
    }

    @Test("runc: createContainer hooks start in the root filesystem")
    func creationDirectory() throws {
        try container { c throws in
            c.config["hooks"]["createContainer"] = [hook("pwd > ./seen")]
            try c.sh("cat /seen", prints: c.rootfs)
        }
    }

    @Test("runc: startContainer hooks without an environment have the program's")
    func startEnvironment() throws {
        try container { c throws in
            c.config["process"]["env"].append("ONE=two")
            c.config["hooks"]["startContainer"] = [hook("echo $ONE > /seen")]
            try c.sh("cat /seen", prints: "two")
        }
    }

    @Test("runc: startContainer hooks run under the container's filter", arguments: [true, false])
    func startFilter(_ noNewPrivileges: Bool) throws {
        try container { c throws in
            c.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
            c.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"]],
            ]
            c.config["hooks"]["startContainer"] = [hook("mkdir /tmp/made; exit 0")]
            _ = try c.run()
            #expect(!fileExists("\(c.rootfs)/tmp/made"))
        }
    }

    @Test("runc: startContainer hooks, which may be the image's own programs, have the program's rights and no more", arguments: [true, false])
    func startRights(_ noNewPrivileges: Bool) throws {
        try container { c throws in
            c.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
            c.config["process"]["user"] = ["uid": 1000, "gid": 1001, "additionalGids": [7]]
            let sets: JSON = ["CAP_CHOWN", "CAP_KILL"]
            c.config["process"]["capabilities"] = ["bounding": sets, "permitted": sets, "effective": sets]
            try systemCall("cannot open /tmp to all") { unsafe chmod("\(c.rootfs)/tmp", 0o1777) }
            c.config["hooks"]["startContainer"] = [hook("id > /tmp/seen; grep Cap /proc/self/status >> /tmp/seen")]
            let own = try c.sh("grep CapBnd /proc/self/status; cat /tmp/seen")
            let lines = own.split(separator: "\n").map(String.init)
            #expect(lines.count == 7 && lines[1].hasPrefix("uid=1000 gid=1001 groups=") && lines[1].hasSuffix("7"), "\(own)")
            // An exec by a user who is not root leaves none in force.
            #expect(lines.dropFirst(2).contains("CapEff:\t0000000000000000") && lines.dropFirst(2).contains(lines[0]), "\(own)")
        }
    }

    @Test("runc: a hook that fails is named by its moment", arguments: ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"])
    func hookWords(_ name: String) throws {
        try container { c throws in
            c.config["hooks"][name] = [hook("true"), hook("exit 3")]
            let words = try c.run().errorOutput
            #expect(words.contains("error running") && words.contains("hook #1"), "\(words)")
        }
    }

    @Test("runc: a variable that is named twice is the last one, and is there once")
    func repeatedVariable() throws {
        try container { c throws in
            c.config["process"]["env"].append("ONE=two")
            c.config["process"]["env"].append("ONE=three")
            c.config["process"]["args"] = ["env"]
            #expect(try c.run().output.split(separator: "\n").filter { $0.hasPrefix("ONE=") } == ["ONE=three"])
        }
    }

    @Test("runc exec: --process reads from a pipe")
    func processFromPipe() throws {
        try container { c throws in
            try c.launch()
            var process = c.config["process"]
            process["args"] = ["echo", "hello"]
            let file = try c.file("process.json", process.text)
            let words = "\"$1\" --root \"$2\" exec --process <(cat \"$3\") \"$4\""
            let printed = try Program(["bash", "-c", words, "bash", Runtime.path, c.root, file, c.id], directory: c.scratch).wait()
            #expect(printed.line == "hello", "\(printed)")
        }
    }

    @Test("runc: a working directory that only the runtime reaches is entered")
    func closedDirectory() throws {
        try container { c throws in
            try makeDirectories("\(c.rootfs)/closed")
            #expect(unsafe chown("\(c.rootfs)/closed", 42, 42) == 0 && chmod("\(c.rootfs)/closed", 0o700) == 0)
            c.config["process"]["cwd"] = "/closed"
            c.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            let outcome = try c.run()
            #expect(outcome.code == 0, "\(outcome)")
        }
    }

    @Test("runc kill: 0 asks whether there is somebody, and with --all nobody is no error")
    func probe() throws {
        try container { c throws in
            try c.launch()
            try c.must("kill", c.id, "0")
            #expect(try c.status() == "running")
            try c.stop()
            try c.refused("kill", c.id, "0")
            try c.must("kill", "--all", c.id, "0")
        }
    }

    @Test("runc kill: TERM ends a container that waits for its start")
    func killCreated() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sleep", "1000"]
            try c.create()
            try c.must("kill", c.id, "TERM")
            #expect(try eventually { try c.status() == "stopped" })
        }
    }

    @Test(
        "runc exec: --cgroup says what is wrong",
        arguments: [("..", ".. is not a sub cgroup path"), ("nonexistent", "no such file"), ("whaaat:/", "unknown controller")])
    func subCgroups(_ path: String, _ words: String) throws {
        try container { c throws in
            try c.launch()
            let outcome = try c.exec("--cgroup", path, c.id, "true")
            #expect(outcome.code != 0 && outcome.errorOutput.contains(words), "\(outcome)")
        }
    }

    @Test("runc run: without pivot no whole proc of the host stays behind")
    func noPivot() throws {
        try container { c throws in
            // Known by who may mount a proc in a user namespace (mount_too_revealing): only who sees a whole one.
            c.config["process"]["args"] = ["unshare", "-mrpf", "sh", "-c", "mount -t proc none /proc && echo mounted"]
            c.config["linux"]["maskedPaths"] = ["/proc/keys", "/proc/timer_list"]
            c.config["linux"]["readonlyPaths"] = ["/proc/sys"]
            c.config["process"]["capabilities"]["bounding"].append("CAP_SETFCAP")
            c.config["process"]["capabilities"]["permitted"].append("CAP_SETFCAP")
            #expect(try c.run("--no-pivot").output.contains("mounted") == false)
        }
    }

    @Test("runc create: --pidfd-socket gets a descriptor of the process")
    func processSocket() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/pidfd")
            c.config["process"]["args"] = ["sleep", "1000"]
            try c.create("--pidfd-socket", socket.path)
            let descriptor = try #require(try socket.receive().descriptors.first)
            let pid = try c.pid()
            #expect(try String(decoding: readFile("/proc/self/fdinfo/\(descriptor)"), as: UTF8.self).contains("Pid:\t\(pid)\n"))
        }
    }

    @Test("runc run: lines from a terminal that it serves end as the program wrote them")
    func lineEnds() throws {
        try container { c throws in
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "echo one; echo two"]
            try c.writeConfig()
            // The end of its own input is a character to script(1), which the terminal would show.
            let words = "sleep 1 | script -qec \"$1 --root $2 run --bundle $3 $4 > $5\" /dev/null"
            let outcome = try Program(
                ["sh", "-c", words, "sh", Runtime.path, c.root, c.bundle, c.id, "\(c.scratch)/shown"], directory: c.scratch
            ).wait()
            #expect(try String(decoding: readFile("\(c.scratch)/shown"), as: UTF8.self) == "one\ntwo\n", "\(outcome)")
        }
    }
}
