import Glibc
import LinuxSystem
import Testing

/// config.md, `process`: what the program is given.
@Suite("Process") struct ProcessTests {
    @Test("config.md#process: args come as they are, empty ones and blanks included")
    func arguments() throws {
        try container { c throws in
            c.config["process"]["args"] = ["printf", "<%s>", "a b", "", "$x", "\"q\""]
            #expect(try c.run().output == "<a b><><$x><\"q\">")
        }
    }

    @Test("config.md#process: the environment is env and nothing of the runtime's own, HOME apart")
    func environment() throws {
        try container { c throws in
            c.config["process"]["env"] = ["PATH=/bin", "A=1", "B=x=y z", "EMPTY="]
            c.config["process"]["args"] = ["env"]
            try c.writeConfig()
            let outcome = try c.call(["run", "--bundle", c.bundle, c.id], environment: ["OF_THE_RUNTIME": "1"])
            let lines = Set(outcome.output.split(separator: "\n"))
            #expect(lines.subtracting(["HOME=/root", "HOME=/"]) == ["PATH=/bin", "A=1", "B=x=y z", "EMPTY="])
        }
    }

    @Test("runc run: HOME is the user's in /etc/passwd where env has none")
    func home() throws {
        try container { c throws in
            try c.file("bundle/rootfs/etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
            c.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            try c.sh("echo $HOME", prints: "/home/user")
        }
    }

    @Test("runc run: of a variable that env names twice the last value holds, and an empty HOME is none")
    func environmentTwice() throws {
        try container { c throws in
            try c.file("bundle/rootfs/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
            c.config["process"]["env"] = ["PATH=/bin", "A=1", "A=2", "HOME="]
            try c.sh("echo $A $HOME", prints: "2 /root")
        }
    }

    @Test("config.md#process: the program is found by the PATH in env")
    func path() throws {
        try container { c throws in
            try c.file("bundle/rootfs/opt/here/program", "#!/bin/sh\necho found\n", mode: 0o755)
            c.config["process"]["env"] = ["PATH=/bin:/opt/here"]
            c.config["process"]["args"] = ["program"]
            #expect(try c.run().output == "found\n")
        }
    }

    @Test("config.md#process: cwd is where the program begins")
    func workingDirectory() throws {
        try container { c throws in
            c.config["process"]["cwd"] = "/etc"
            try c.sh("pwd; readlink /proc/self/cwd", prints: "/etc\n/etc")
        }
    }

    @Test("runc run: a cwd that only the runtime may enter, or that the filter of system calls would not let it look up")
    func protectedWorkingDirectory() throws {
        try container { c throws in
            try c.sh("mkdir -p /closed && chmod 700 /closed", prints: "")
            c.config["process"]["cwd"] = "/closed"
            c.config["process"]["user"] = ["uid": 1000, "gid": 1000]
            c.config["process"]["noNewPrivileges"] = false
            c.config["linux"]["seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["openat2"], "action": "SCMP_ACT_ERRNO"]],
            ]
            try c.sh("readlink /proc/self/cwd", prints: "/closed")
        }
    }

    @Test("config.md#process: a cwd that is not absolute is an error")
    func relativeWorkingDirectory() throws {
        try container { c throws in
            c.config["process"]["cwd"] = "etc"
            try c.isRefused()
        }
    }

    @Test("runc run: a cwd that is not there is made")
    func missingWorkingDirectory() throws {
        try container { c throws in
            c.config["process"]["cwd"] = "/new/directory"
            try c.sh("pwd", prints: "/new/directory")
        }
    }

    @Test("config.md#user: uid and gid are the program's, real, effective and saved")
    func user() throws {
        try container { c throws in
            c.config["process"]["user"] = ["uid": 1000, "gid": 2000]
            let lines = try c.sh("grep -E '^(Uid|Gid|Groups):' /proc/self/status | tr '\\t' ' '").split(separator: "\n")
            #expect(lines.prefix(2) == ["Uid: 1000 1000 1000 1000", "Gid: 2000 2000 2000 2000"])
        }
    }

    @Test("config.md#user: additionalGids are its supplementary groups, and no others")
    func groups() throws {
        try container { c throws in
            c.config["process"]["user"] = ["uid": 1000, "gid": 2000, "additionalGids": [5, 70000]]
            #expect(try c.sh("grep '^Groups:' /proc/self/status | tr -d '\\t'").split(separator: " ") == ["Groups:5", "70000"])
        }
    }

    @Test("config.md#user: without additionalGids there are no supplementary groups")
    func noGroups() throws { try container { c in try c.sh("grep '^Groups:' /proc/self/status | tr -d '\\t '", prints: "Groups:") } }

    @Test("config.md#user: umask is the program's, 0022 where it is not given")
    func umask() throws {
        try container { c throws in
            try c.sh("umask", prints: "0022")
            c.config["process"]["user"]["umask"] = 0o27
            try c.sh("umask", prints: "0027")
        }
    }

    @Test("config.md#process: noNewPrivileges sets the bit, and its absence does not")
    func noNewPrivileges() throws {
        try container { c throws in
            try c.sh("grep NoNewPrivs /proc/self/status | cut -f 2", prints: "0")
            c.config["process"]["noNewPrivileges"] = true
            try c.sh("grep NoNewPrivs /proc/self/status | cut -f 2", prints: "1")
        }
    }

    @Test("config.md#process: oomScoreAdj is written")
    func oomScore() throws {
        try container { c throws in
            c.config["process"]["oomScoreAdj"] = 987
            try c.sh("cat /proc/self/oom_score_adj", prints: "987")
        }
    }

    @Test("config.md#process: without oomScoreAdj the runtime leaves its own value")
    func noOOMScore() throws { try container { c throws in #expect(try c.sh("cat /proc/self/oom_score_adj") == readText("/proc/self/oom_score_adj")) } }

    @Test("config.md#process: an oomScoreAdj out of range is an error")
    func oomScoreOutOfRange() throws {
        try container { c throws in
            c.config["process"]["oomScoreAdj"] = 1001
            try c.isRefused()
        }
    }

    @Test("config.md#posix-process: rlimits are set, soft and hard")
    func limits() throws {
        try container { c throws in
            c.config["process"]["rlimits"] = [
                ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 200], ["type": "RLIMIT_CORE", "soft": 0, "hard": 0],
                ["type": "RLIMIT_STACK", "soft": 4_194_304, "hard": 8_388_608],
            ]
            let limits = try c.sh("grep -E 'open files|core file|stack' /proc/self/limits | tr -s ' '")
            #expect(limits.contains("open files 100 200 files") && limits.contains("core file size 0 0 bytes"), "\(limits)")
            #expect(limits.contains("stack size 4194304 8388608 bytes"), "\(limits)")
        }
    }

    @Test("config.md#posix-process: an rlimit given twice is an error")
    func limitTwice() throws {
        try container { c throws in
            let limit: JSON = ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 200]
            c.config["process"]["rlimits"] = [limit, limit]
            try c.isRefused()
        }
    }

    @Test("config.md#posix-process: an rlimit that there is not is an error")
    func unknownLimit() throws {
        try container { c throws in
            c.config["process"]["rlimits"] = [["type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1]]
            try c.isRefused()
        }
    }

    @Test("config.md#posix-process: a soft rlimit above the hard one is an error")
    func softAboveHard() throws {
        try container { c throws in
            c.config["process"]["rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 300, "hard": 200]]
            try c.isRefused()
        }
    }

    @Test("config.md#linux-process: scheduler sets policy and nice value")
    func scheduler() throws {
        try container { c throws in
            c.config["process"]["scheduler"] = ["policy": "SCHED_BATCH", "nice": 5]
            let numbers = try c.sh("sed 's/.*) //' /proc/self/stat").split(separator: " ")
            try #require(numbers.count > 38)
            #expect(numbers[16] == "5" && numbers[38] == "3", "nice \(numbers[16]), policy \(numbers[38])")
        }
    }

    @Test("config.md#linux-process: an unknown scheduler policy is an error")
    func unknownScheduler() throws {
        try container { c throws in
            c.config["process"]["scheduler"] = ["policy": "SCHED_NOSUCH"]
            try c.isRefused()
        }
    }

    @Test("config.md#linux-process: ioPriority sets class and priority")
    func ioPriority() throws {
        try container { c throws in
            c.config["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_BE", "priority": 6]
            try c.sh("ionice -p $$", prints: "best-effort: prio 6")
        }
    }

    @Test("config.md#linux-process: an unknown ioPriority class is an error")
    func unknownIOPriority() throws {
        try container { c throws in
            c.config["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_NOSUCH", "priority": 1]
            try c.isRefused()
        }
    }

    @Test(
        "config.md#linux-process: apparmorProfile is the program's profile",
        .requires(.file("/sys/kernel/security/apparmor/profiles", "the kernel has no AppArmor")))
    func appArmor() throws {
        try container { c throws in
            c.config["process"]["apparmorProfile"] = "unconfined"
            try c.sh("cat /proc/self/attr/current", prints: "unconfined")
        }
    }

    @Test("runc run: descriptors of the runtime's caller do not reach the program")
    func noOtherDescriptors() throws {
        try container { c throws in
            let file = try openFile("/etc/hostname", O_RDONLY)
            c.config["process"]["args"] = ["sh", "-c", "ls /proc/$$/fd; true"]
            try c.writeConfig()
            let outcome = try c.call(["run", "--bundle", c.bundle, c.id], descriptors: [file.raw, file.raw])
            #expect(Set(outcome.output.split(separator: "\n")).isSubset(of: ["0", "1", "2", "10"]), "\(outcome)")
        }
    }
}
