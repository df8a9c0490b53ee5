import Glibc
import LinuxSystem
import Testing

/// What a default container cannot see, write or call, tried from inside.
@Suite struct IsolationTests {
    @Test func callsThatTheFilterRefuses() throws {
        try Apus.with { apus throws in
            let refused = [
                "mount", "umount", "pivot_root", "unshare_user", "unshare_mount", "clone_user", "setns", "keyctl", "add_key", "request_key", "bpf",
                "perf_event_open", "open_by_handle_at", "init_module", "kexec_load", "reboot", "swapon", "syslog", "settimeofday", "io_uring_setup",
                "userfaultfd", "fsopen", "open_tree", "acct", "quotactl", "iopl", "vsock", "personality", "int80_unshare", "x32_unshare",
            ]
            let allowed = ["setuid", "socket", "ptrace", "chroot"]
            let answers = try apus.probe(refused + ["clone3"] + allowed)
            // EPERM, or EAFNOSUPPORT and the like where the kernel has no such thing at all: never success.
            for call in refused { #expect(["1", "38"].contains(answers[call]), "\(call): \(answers[call] ?? "-")") }
            #expect(answers["clone3"] == "38")  // ENOSYS, so that libraries fall back to clone
            for call in allowed { #expect(answers[call] == "0", "\(call): \(answers[call] ?? "-")") }
        }
    }

    @Test func whatCapabilitiesAndUnconfinedGiveBack() throws {
        try Apus.with { apus throws in
            let admin = try apus.probe(["mount", "unshare_user", "unshare_mount", "keyctl", "bpf"], "--cap-add", "SYS_ADMIN")
            #expect(admin["mount"] == "0" && admin["unshare_user"] == "0" && admin["unshare_mount"] == "0" && admin["keyctl"] == "1", "\(admin)")
            let unconfined = try apus.probe(["keyctl", "unshare_user", "mount", "personality"], "--security-opt", "seccomp=unconfined")
            #expect(unconfined == ["keyctl": "0", "unshare_user": "0", "mount": "1", "personality": "0"])
        }
    }

    @Test func privilegesByExec() throws {
        try Apus.with { apus throws in
            let image = try apus.rootfs("setuid", "cp \(Probe.program) probe; chmod 4755 probe")
            #expect(try apus.output("run", "--rm", "-u", "1000", image, "/probe", "euid") == "euid 0")
            #expect(try apus.output("run", "--rm", "-u", "1000", "--security-opt", "no-new-privileges", image, "/probe", "euid") == "euid 1000")
        }
    }

    @Test func kernelFilesAreMaskedOrReadOnly() throws {
        try Apus.with { apus throws in
            let script = """
                for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats; do
                    if [ -e $f ]; then head -c 1 $f 2>/dev/null | wc -c; fi
                done | sort -u
                ls /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap 2>/dev/null | grep -v '^/\\|^$'
                for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/swappiness /proc/irq/default_smp_affinity \\
                    /sys/kernel/uevent_helper /sys/kernel/profiling /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/unified/cgroup.procs; do
                    if [ -e $f ]; then (echo x >$f) 2>&1; fi
                done | grep -v 'Read-only file system'
                (echo b >/proc/sysrq-trigger) 2>/dev/null && echo sysrq
                touch /proc/sys/x /sys/x /proc/x 2>/dev/null && echo made
                true
                """
            let inside = try apus.sh(script)
            #expect(inside == "0" || inside.isEmpty, "\(inside)")
        }
    }

    @Test func onlyItsOwnProcessesMountsAndDescriptors() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("echo /proc/[0-9]*; cat /proc/1/comm; echo $PPID") == "/proc/1\nsh\n0")
            #expect(try apus.output("run", "--rm", "-i", "busybox", "ls", "/proc/self/fd") == "0\n1\n2\n3")  // the fourth is ls's own
            let mounts = try apus.sh("cat /proc/self/mountinfo").split(separator: "\n").map(String.init)
            #expect(!mounts.contains { $0.contains(apus.scratch) }, "\(mounts)")
            let places = Set(mounts.map { String($0.split(separator: " ")[4]) })
            let expected: Set = [
                "/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
            ]
            #expect(expected.subtracting(places).isEmpty, "\(places)")
            #expect(places.subtracting(expected).allSatisfy { $0.hasPrefix("/proc/") || $0.hasPrefix("/sys/") }, "\(places)")
        }
    }

    @Test(.requires(Requirement(holds: BlockIOTests.device != nil, reason: "no block device is known"))) func hostDevices() throws {
        var status = stat()
        let device = try #require(BlockIOTests.device)
        try #require(unsafe stat(device, &status) == 0)
        let number = "\(status.st_rdev >> 8 & 0xfff) \(status.st_rdev & 0xff)"
        try Apus.with { apus throws in
            let script = """
                mknod /disk b \(number) && echo made
                head -c 1 /disk | wc -c
                mknod /mem c 1 1; head -c 1 /mem | wc -c; mknod /kmsg c 1 11; head -c 1 /kmsg | wc -c
                """
            let outcome = try apus.run("run", "--rm", "busybox", "sh", "-c", script)
            #expect(outcome.output == "made\n0\n0\n0\n")
            #expect(outcome.errorOutput == ["disk", "mem", "kmsg"].map { "head: /\($0): Operation not permitted\n" }.joined(), "\(outcome)")
            // The rule is the cgroup's, so that neither CAP_SYS_ADMIN nor another node opens it.
            let admin = try apus.run(
                "run", "--rm", "--cap-add", "SYS_ADMIN", "busybox", "sh", "-c", "mount -t tmpfs -o dev x /tmp; mknod /tmp/d b \(number); cat /tmp/d")
            #expect(admin.output.isEmpty && admin.errorOutput == "cat: can't open '/tmp/d': Operation not permitted\n", "\(admin)")
        }
    }
}
