import Glibc
import LinuxSystem
import Testing

/// Escapes that other runtimes had, each tried here; the name is the CVE's.
@Suite struct KnownEscapeTests {
    /// A directory of the host that must stay empty, and a file that must stay as it is.
    private func withVictim(_ apus: Apus, _ body: (_ directory: String) throws -> Void) throws {
        try makeDirectories("\(apus.scratch)/files/victim")
        let mounts = try readText("/proc/self/mountinfo").split(separator: "\n").filter { $0.contains(apus.scratch) }
        try body("\(apus.scratch)/files/victim")
        #expect(try listDirectory("\(apus.scratch)/files/victim") == [])
        #expect(try readText("/proc/self/mountinfo").split(separator: "\n").filter { $0.contains(apus.scratch) } == mounts)
    }

    /// A process that enters the container must not show its descriptors or memory to those inside before the exec.
    @Test func cve_2016_9962() throws {
        try Apus.with { apus throws in
            let script =
                "while :; do for p in /proc/[0-9]*; do ls -l $p/fd $p/root/ 2>/dev/null | grep -E 'containers|state.json|apus|memfd|cgroup'; done; done >/seen"
            try apus.output("run", "-d", "--name", "box", "busybox", "sh", "-c", script)
            for _ in 0..<rounds(40, slow: 8) { try apus.output("exec", "box", "true") }
            #expect(try apus.output("exec", "box", "cat", "/seen").isEmpty)
        }
    }

    /// The program that enters the container must not be writable through /proc/PID/exe, even where the entered program is it again.
    @Test func cve_2019_5736() throws {
        try Apus.with { apus throws in
            let before = [try readFile(Apus.program, limit: 1 << 28), try readFile("\(Apus.programs)/apus-monitor")]
            let image = try apus.rootfs("evil", "printf '#!/proc/self/exe\\n' >bin/evil; chmod 755 bin/evil; ln -s /proc/self/exe bin/self")
            let writer = """
                while :; do for p in /proc/[0-9]*; do
                    case $p in /proc/$$|/proc/self) continue;; esac
                    (echo '#!/bin/true' >$p/exe) 2>/dev/null && echo wrote $p $(readlink $p/exe)
                done; done >/seen
                """
            try apus.run("run", "-d", "--name", "box", "--cap-add", "SYS_PTRACE", image, "sh", "-c", writer)
            for _ in 0..<rounds(20, slow: 4) {
                for program in ["true", "/bin/evil", "/bin/self"] { try apus.run("exec", "box", program) }
            }
            #expect(try apus.output("exec", "box", "cat", "/seen").isEmpty)
            try apus.run("run", "--rm", image, "/bin/evil")
            try apus.run("run", "--rm", "--entrypoint", "/proc/self/exe", image)
            let initWriter = "(echo x >/proc/1/exe) 2>/dev/null && echo wrote; exec 9</proc/1/exe; (echo x >/proc/self/fd/9) 2>/dev/null && echo wrote; true"
            for flags in [["--init"], ["--init", "--privileged"]] {
                #expect(try apus.run(["run", "--rm"] + flags + ["busybox", "sh", "-c", initWriter]).output.isEmpty)
            }
            #expect(try readFile(Apus.program, limit: 1 << 28) == before[0])
            #expect(try readFile("\(Apus.programs)/apus-monitor") == before[1])
        }
    }

    /// A volume over /proc would take the kernel's files away from under the masks.
    @Test func cve_2019_16884() throws {
        try Apus.with { apus throws in
            let refusal = "nothing of the host may be mounted at"
            for target in ["/proc", "/proc/self", "/proc/sys/kernel"] {
                let outcome = try apus.run("run", "--rm", "-v", "data:\(target)", "busybox", "true")
                #expect(outcome.code == 125 && outcome.errorOutput.contains("\(refusal) \(target): it is inside /proc"), "\(outcome)")
            }
            let linked = try apus.rootfs("linked", "mkdir proc; ln -s proc p")
            for flags in [["-v", "data:/p/self"], ["--tmpfs", "/p/self"], ["-v", "data:/p/irq"]] {
                let outcome = try apus.run(["run", "--rm"] + flags + [linked, "true"])
                #expect(outcome.code == 125 && outcome.errorOutput.hasSuffix(" is a link into /proc\n"), "\(outcome)")
            }
        }
    }

    /// A link as the target of a mount leads nowhere outside, also where another container put it there.
    @Test func cve_2021_30465() throws {
        try Apus.with { apus throws in
            try withVictim(apus) { victim throws in
                let image = try apus.rootfs("links", "ln -s /../../../../../..\(victim) out; ln -s /proc/1/root\(victim) magic")
                for target in ["/out", "/magic", "/out/x", "/magic/x"] {
                    for flags in [["-v", "data:\(target)"], ["--tmpfs", target], ["-v", "\(apus.scratch)/tmp:\(target)"]] {
                        let outcome = try apus.run(["run", "--rm"] + flags + [image, "sh", "-c", "echo ran; echo x >\(target)/x"])
                        #expect(outcome.code != 0 || outcome.output == "ran\n", "\(outcome)")
                        try? removeTree("\(apus.scratch)/tmp/x")
                    }
                }
                // The race: one container exchanges a directory of a shared volume for a link while others mount below it.
                let swap =
                    "cd /v; mkdir -p dir; ln -s /../../../../../..\(victim) link; while :; do mv dir d2; mv link dir; mv dir link; mv d2 dir; done 2>/dev/null"
                try apus.run("run", "-d", "-v", "shared:/v", "busybox", "sh", "-c", swap)
                for _ in 0..<rounds(20, slow: 5) {
                    try apus.run("run", "--rm", "-v", "shared:/v", "-v", "other:/v/dir/in", "busybox", "sh", "-c", "echo x >/v/dir/in/x")
                }
            }
        }
    }

    /// A cgroup hierarchy with a writable release_agent would run a program on the host.
    @Test func cve_2022_0492() throws {
        try Apus.with { apus throws in
            let script = """
                find /sys/fs/cgroup -name release_agent 2>/dev/null
                mkdir /c
                for c in memory rdma cpu devices; do mount -t cgroup -o $c x /c 2>/dev/null && echo mounted; done
                mount -t cgroup2 x /c 2>/dev/null && echo mounted2
                unshare -UrmC true 2>/dev/null && echo unshared
                find /sys/fs/cgroup -name notify_on_release -o -name cgroup.procs | while read f; do (echo 1 >$f) 2>/dev/null && echo wrote; done
                true
                """
            #expect(try apus.sh(script) == "")
        }
    }

    /// Inheritable capabilities of an entered process would reach programs with inheritable file capabilities.
    @Test func cve_2022_29162() throws {
        try Apus.with { apus throws in
            try apus.output("run", "-d", "--name", "box", "busybox", "sleep", "100")
            let zero = "CapInh:\t0000000000000000\n"
            for flags in [[], ["-u", "1000"], ["--privileged"]] {
                let outcome = try apus.run(["exec"] + flags + ["box", "grep", "CapInh", "/proc/self/status"])
                #expect(outcome == Outcome(output: zero, code: 0), "\(flags)")
                #expect(try apus.run(["run", "--rm"] + flags + ["busybox", "grep", "CapInh", "/proc/self/status"]) == Outcome(output: zero, code: 0))
            }
        }
    }

    /// A link in place of /proc or /sys would let the image choose what is masked.
    @Test(arguments: ["proc", "sys"]) func cve_2023_27561(_ name: String) throws {
        try Apus.with { apus throws in
            let image = try apus.rootfs("linked", "mkdir evil; ln -s evil \(name)")
            let outcome = try apus.run("run", "--rm", image, "true")
            let type = name == "sys" ? "sysfs" : "proc"
            #expect(outcome.code == 125 && outcome.errorOutput.hasPrefix("apus: cannot mount \(type) on /\(name) "), "\(outcome)")
            #expect(outcome.errorOutput.contains(": /\(name) is a symbolic link in the image; "), "\(outcome)")
        }
    }

    /// A working directory through a descriptor that was left open would lie outside the root.
    @Test func cve_2024_21626() throws {
        try Apus.with { apus throws in
            try apus.run("run", "-d", "--name", "box", "busybox", "sleep", "100")
            for number in 0..<rounds(24, slow: 12) {
                for command in [["run", "--rm", "-w", "/proc/self/fd/\(number)", "busybox"], ["exec", "-w", "/proc/self/fd/\(number)", "box"]] {
                    let outcome = try apus.run(command + ["ls"])
                    #expect(outcome.code != 0 && outcome.output.isEmpty, "\(command): \(outcome)")
                    #expect(outcome.errorOutput.hasPrefix("apus: cannot "), "\(outcome)")
                }
            }
            for command in [["run", "--rm", "busybox"], ["exec", "box"]] {
                #expect(try apus.run(command + ["ls", "/proc/self/fd"]).output == "0\n1\n2\n3\n")  // the last is ls's own
            }
            let image = try apus.rootfs("linked", "ln -s /proc/self/fd/8 work")
            #expect(try apus.run("run", "--rm", "-w", "/work", image, "ls").code == 125)
        }
    }

    /// What covers a masked path is the kernel's /dev/null, or the start fails.
    @Test func cve_2025_31133() throws {
        try Apus.with { apus throws in
            for trick in ["ln -s /proc/sys/kernel/core_pattern null", "touch null", "mkdir null", "ln -s ../proc/sysrq-trigger null"] {
                let volume = "\(apus.scratch)/files/dev"
                try apus.host("/bin/sh", "-ec", "rm -rf \(volume); mkdir \(volume); cd \(volume); \(trick)")
                let outcome = try apus.run(
                    "run", "--rm", "-v", "\(volume):/dev", "busybox", "sh", "-c", "grep -c core_pattern /proc/self/mountinfo; wc -c </proc/keys")
                #expect(outcome.code == 125 && outcome.output.isEmpty && outcome.errorOutput.hasPrefix("apus: cannot mask /proc/k"), "\(trick): \(outcome)")
            }
        }
    }

    /// The terminal is mounted on the container's own /dev/console, whatever a volume has there.
    @Test func cve_2025_52565() throws {
        try Apus.with { apus throws in
            for trick in ["ln -s /proc/sysrq-trigger console", "ln -s /proc/sys/kernel/core_pattern console"] {
                let volume = "\(apus.scratch)/files/dev"
                try apus.host("/bin/sh", "-ec", "rm -rf \(volume); mkdir \(volume); cd \(volume); mknod -m 666 null c 1 3; mkdir pts; \(trick)")
                let script = "grep -E 'console|sysrq|core_pattern' /proc/self/mountinfo; (echo x >/proc/sys/kernel/core_pattern) 2>/dev/null && echo wrote"
                let outcome = try apus.run("run", "--rm", "-t", "-v", "\(volume):/dev", "busybox", "sh", "-c", script)
                #expect(!outcome.output.contains("sysrq") && !outcome.output.contains("core_pattern") && !outcome.output.contains("wrote"), "\(outcome)")
            }
        }
    }

    /// Sysctls are written to the kernel's files, whatever the image has in their place.
    @Test func cve_2025_52881() throws {
        try Apus.with { apus throws in
            let image = try apus.rootfs(
                "fake", "mkdir -p proc/sys/net/ipv4 proc/self/attr; echo fake >proc/sys/net/ipv4/ip_forward; ln -s /tmp/x proc/self/attr/exec")
            #expect(try apus.output("run", "--rm", "--sysctl", "net.ipv4.ip_forward=1", image, "cat", "/proc/sys/net/ipv4/ip_forward") == "1")
            #expect(try apus.output("run", "--rm", "--oom-score-adj", "77", image, "cat", "/proc/self/oom_score_adj") == "77")
        }
    }
}
