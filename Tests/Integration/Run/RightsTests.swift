import Glibc
import LinuxSystem
import Testing

/// `apus run`: capabilities, filters, devices, limits of processes, kernel parameters, each seen from inside.
@Suite struct RightsTests {
    /// Permitted, effective, bounding, inheritable, ambient.
    private let sets = "grep Cap /proc/self/status | sort | awk '{print $1 $2}'"

    private func sets(_ effective: String, bounding: String? = nil) -> String {
        let zero = "0000000000000000"
        return "CapAmb:\(zero)\nCapBnd:\(bounding ?? effective)\nCapEff:\(effective)\nCapInh:\(zero)\nCapPrm:\(effective)"
    }

    @Test func capabilities() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh(sets) == sets("00000000a80425fb"))
            #expect(try apus.sh(sets, "--cap-drop", "ALL") == sets("0000000000000000"))
            #expect(try apus.sh(sets, "--cap-drop", "all", "--cap-add", "net_admin", "--cap-add", "CAP_CHOWN") == sets("0000000000001001"))
            #expect(try apus.sh(sets, "--cap-add", "SYS_ADMIN", "--cap-drop", "KILL") == sets("00000000a82425db"))
            #expect(try apus.sh(sets, "-u", "1000") == sets("0000000000000000", bounding: "00000000a80425fb"))
        }
    }

    @Test func noNewPrivileges() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("grep NoNewPrivs /proc/self/status") == "NoNewPrivs:\t0")
            #expect(try apus.sh("grep NoNewPrivs /proc/self/status", "--security-opt", "no-new-privileges") == "NoNewPrivs:\t1")
            #expect(try apus.sh("grep NoNewPrivs /proc/self/status", "--security-opt", "no-new-privileges=true", "-u", "7") == "NoNewPrivs:\t1")
        }
    }

    @Test func seccompProfiles() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("grep Seccomp: /proc/self/status") == "Seccomp:\t2")
            #expect(try apus.sh("grep Seccomp: /proc/self/status", "--security-opt", "seccomp=unconfined") == "Seccomp:\t0")
            let profile = #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}"#
            let file = try apus.file("profile.json", profile)
            #expect(
                try apus.sh("mkdir /x 2>&1; touch /y && echo ok", "--security-opt", "seccomp=\(file)")
                    == "mkdir: can't create directory '/x': Function not implemented\nok")
        }
    }

    @Test func systemPathsAndPrivileged() throws {
        try Apus.with { apus throws in
            let script = "wc -c </proc/keys; grep -c ' /proc/sys ' /proc/mounts"
            #expect(try apus.sh(script) == "0\n1")
            #expect(
                try apus.sh("head -c1 /proc/keys | wc -c; grep -c ' /proc/sys ' /proc/mounts || true", "--security-opt", "systempaths=unconfined")
                    == "1\n0")
            let privileged = try apus.sh(
                "grep Seccomp: /proc/self/status; grep -c ' /sys sysfs rw' /proc/mounts; mount -t tmpfs x /mnt 2>/dev/null || mkdir /mnt && mount -t tmpfs x /mnt && echo mounted; ls /dev | wc -l",
                "--privileged")
            let lines = privileged.split(separator: "\n")
            #expect(lines.prefix(3) == ["Seccomp:\t0", "1", "mounted"])
            #expect((lines.last.flatMap { Int($0) } ?? 0) > 30)
        }
    }

    @Test func devices() throws {
        try Apus.with { apus throws in
            let names = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
            #expect(try apus.sh("echo $(ls /dev)") == names)
            #expect(
                try apus.sh("stat -c '%F %t:%T' /dev/full2; head -c1 /dev/full2 | wc -c", "--device", "/dev/full:/dev/full2") == "character special file 1:7\n1"
            )
            #expect(try apus.sh("head -c1 /dev/kmsg >/dev/null 2>&1 || echo no") == "no")
            let readOnly = try apus.sh("stat -c %t:%T /dev/x; (echo >/dev/x) 2>/dev/null || echo no", "--device", "/dev/loop-control:/dev/x:r")
            #expect(readOnly == "a:ed\nno")
        }
    }

    @Test func ulimits() throws {
        try Apus.with { apus throws in
            let inside = try apus.sh(
                "ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -f", "--ulimit", "nofile=100:200", "--ulimit", "core=0", "--ulimit", "fsize=1048576")
            #expect(inside == "100\n200\n0\n2048")
        }
    }

    @Test func kernelParameters() throws {
        try Apus.with { apus throws in
            let inside = try apus.sh(
                "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax /proc/sys/fs/mqueue/msg_max",
                "--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.shmmax=123456", "--sysctl", "fs.mqueue.msg_max=11")
            #expect(inside == "1\n123456\n11")
            #expect(try apus.sh("cat /proc/self/oom_score_adj", "--oom-score-adj", "333") == "333")
        }
    }

    @Test func networks() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("ls /sys/class/net; ping -c1 -W1 127.0.0.1 >/dev/null && echo up") == "lo\nup")
            #expect(try apus.sh("ls /sys/class/net", "--network", "none") == "lo")
            #expect(try apus.sh("readlink /proc/self/ns/net", "--network", "host") == readLink("/proc/self/ns/net"))
            let name = try readText("/proc/sys/kernel/hostname")
            #expect(try apus.sh("hostname; cat /etc/hostname", "--network=host") == "\(name)\n\(name)")
        }
    }
}
