import Glibc
import JSONCoding
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// The escapes of `KnownEscapeTests` by way of `apus-runtime`, whose caller writes config.json; the name is the CVE's.
@Suite struct RuntimeEscapeTests {
    private func command(_ bundle: Bundle, _ arguments: [String]) throws -> Outcome {
        try Running(
            ["\(Apus.programs)/apus-runtime", "--root", "\(bundle.directory)/state"] + arguments, input: .empty, environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
    }

    private func id(_ bundle: Bundle) -> String { "escape-" + bundle.directory.suffix(6) }

    /// Runs a script in a container with the rights that engines give.
    private func run(_ bundle: Bundle, _ script: String, detached: Bool = false, flags: [String] = [], change: (inout Spec) -> Void = { _ in }) throws
        -> Outcome
    {
        var spec = bundle.spec(["/bin/busybox", "sh", "-c", script])
        let usual = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_MKNOD", "CAP_SETUID", "CAP_SETGID"]
        spec.process?.capabilities = LinuxCapabilities(bounding: usual, effective: usual, permitted: usual)
        change(&spec)
        try replaceFile("\(bundle.directory)/config.json", with: writeJSON(spec))
        return try command(bundle, ["run", "--bundle", bundle.directory] + (detached ? ["--detach"] : []) + flags + [id(bundle)])
    }

    private func withDetached(_ script: String, _ body: (Bundle, (String...) throws -> Outcome) throws -> Void) throws {
        let bundle = try Bundle()
        defer { _ = try? command(bundle, ["delete", "--force", id(bundle)]) }
        #expect(try run(bundle, script, detached: true) == Outcome(code: 0))
        try body(bundle) { (arguments: String...) throws in
            let flags = arguments.prefix { $0 != "--" }
            return try command(bundle, ["exec"] + flags + [id(bundle)] + arguments.dropFirst(flags.count + 1))
        }
    }

    @Test func cve_2016_9962() throws {
        // The files without a name that this test gives as output are no secret.
        let find = "ls -l $p/fd $p/root/ 2>/dev/null | busybox grep -v memfd:apus-test | busybox grep -E 'state|apus|memfd|cgroup|config'"
        let look = "while :; do for p in /proc/[0-9]*; do \(find); done; done >/seen"
        try withDetached(look) { bundle, exec throws in
            for _ in 0..<rounds(30, slow: 5) { _ = try exec("--", "true") }
            let seen = try readText("\(bundle.rootfs)/seen")
            #expect(seen == "")
        }
    }

    @Test func cve_2019_5736() throws {
        let program = "\(Apus.programs)/apus-runtime"
        let before = try readFile(program, limit: 1 << 28)
        let write = "while :; do for p in /proc/[0-9]*; do case $p in /proc/$$) continue;; esac; (echo x >$p/exe) 2>/dev/null && echo $p; done; done >/seen"
        try withDetached(write) { bundle, exec throws in
            try replaceFile("\(bundle.rootfs)/bin/evil", with: Array("#!/proc/self/exe\n".utf8), mode: 0o755)
            for _ in 0..<rounds(15, slow: 3) { for name in ["true", "/bin/evil"] { _ = try exec("--", name) } }
            #expect(try readText("\(bundle.rootfs)/seen") == "")
        }
        #expect(try readFile(program, limit: 1 << 28) == before)
    }

    @Test func cve_2019_16884() throws {
        let bundle = try Bundle()
        try makeDirectories("\(bundle.directory)/fake/self")
        for target in ["/proc", "/proc/self", "/sys/../proc/sys"] {
            let outcome = try run(bundle, "echo ran") {
                $0.mounts?.append(Mount(destination: target, type: "bind", source: "\(bundle.directory)/fake", options: ["rbind"]))
            }
            #expect(outcome.code != 0 && outcome.output.isEmpty && outcome.errorOutput.contains("it is inside /proc"), "\(outcome)")
        }
    }

    @Test func cve_2021_30465() throws {
        let bundle = try Bundle()
        let victim = "\(bundle.directory)/victim"
        try makeDirectories(victim)
        _ = unsafe symlink("/../../../../../..\(victim)", "\(bundle.rootfs)/up")
        _ = unsafe symlink("/proc/1/root\(victim)", "\(bundle.rootfs)/magic")
        for target in ["/up", "/up/x", "/magic", "/magic/x"] {
            for mount in [
                Mount(destination: target, type: "tmpfs", source: "t"), Mount(destination: target, type: "bind", source: "/etc/passwd", options: ["bind"]),
            ] {
                _ = try run(bundle, "echo x > \(target)/y") {
                    $0.mounts?.append(mount)
                    $0.linux?.namespaces?.removeAll { $0.type == "pid" }
                }
            }
        }
        #expect(try listDirectory(victim) == [])
        #expect(try !readText("/proc/self/mountinfo").contains(bundle.directory))
    }

    @Test func cve_2022_0492() throws {
        let outcome = try run(
            try Bundle(),
            """
            busybox mkdir /c; for c in memory rdma cpu devices; do mount -t cgroup -o $c x /c 2>/dev/null && echo mounted; done
            mount -t cgroup2 x /c 2>/dev/null && echo mounted; busybox unshare -UrmC true 2>/dev/null && echo unshared
            busybox find /sys/fs/cgroup -name release_agent -o -name notify_on_release | while read f; do (echo 1 >$f) 2>/dev/null && echo wrote $f; done; true
            """
        ) {
            $0.mounts?.append(Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]))
            $0.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"]))
            $0.linux?.namespaces?.append(LinuxNamespace(type: "cgroup"))
            // As Docker's profile has it for containers without CAP_SYS_ADMIN.
            $0.linux?.seccomp = LinuxSeccomp(
                defaultAction: "SCMP_ACT_ALLOW", syscalls: [LinuxSyscall(names: ["unshare", "mount", "setns", "clone3"], action: "SCMP_ACT_ERRNO")])
        }
        #expect(outcome == Outcome(code: 0))
    }

    @Test func cve_2022_29162() throws {
        try withDetached("sleep 1000") { _, exec throws in
            let zero = Outcome(output: "CapInh:\t0000000000000000\n", code: 0)
            #expect(try exec("--", "busybox", "grep", "CapInh", "/proc/self/status") == zero)
            #expect(try exec("--cap", "CAP_NET_RAW", "--", "busybox", "grep", "CapInh", "/proc/self/status") == zero)
        }
    }

    /// A cgroup that others share must not be writable where user and files are ours: the container's root is the host's, and it has no
    /// cgroup namespace.
    @Test(arguments: [true, false]) func cve_2023_25809(_ namespace: Bool) throws {
        let bundle = try Bundle()
        let name = id(bundle)
        let outcome = try run(
            bundle,
            """
            busybox find /sys/fs/cgroup -type d | while read d; do
                (busybox mkdir $d/escape-here) 2>/dev/null && { busybox rmdir $d/escape-here; echo "made in $d"; }
            done
            busybox find /sys/fs/cgroup -name release_agent -o -name cgroup.procs -o -name tasks | while read f; do (echo 0 >$f) 2>/dev/null && echo "wrote $f"; done
            busybox cat /proc/self/cgroup >/cgroups; busybox find /sys/fs/cgroup -type d >/directories
            """
        ) {
            $0.mounts?.append(Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]))
            $0.mounts?.append(
                Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"]))
            Self.enterUserNamespace(&$0, cgroup: name, hasCgroupNamespace: namespace)
        }
        #expect(outcome == Outcome(code: 0))
        #expect(try readText("\(bundle.rootfs)/cgroups").contains(namespace ? ":/" : name))
        // It has looked at something.
        #expect(try readText("\(bundle.rootfs)/directories").contains("/sys/fs/cgroup"))
    }

    /// As rootless engines have it: a user namespace, and a cgroup of the container's own with or without its namespace.
    private static func enterUserNamespace(_ spec: inout Spec, cgroup name: String, hasCgroupNamespace: Bool) {
        spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        if hasCgroupNamespace { spec.linux?.namespaces?.append(LinuxNamespace(type: "cgroup")) }
        spec.linux?.cgroupsPath = "/\(name)"
    }

    /// The same with a mount that may be written: only what is the container's own may be.
    @Test(arguments: [true, false]) func cve_2023_25809_writable(_ namespace: Bool) throws {
        let bundle = try Bundle()
        let name = id(bundle)
        let outcome = try run(
            bundle,
            """
            busybox find /sys/fs/cgroup -type d | while read d; do busybox mkdir $d/\(name)-made 2>/dev/null; done
            busybox find /sys/fs/cgroup -name release_agent | while read f; do (echo /x >$f) 2>/dev/null && echo "wrote $f"; done; true
            """
        ) {
            $0.mounts?.append(Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "rw"]))
            Self.enterUserNamespace(&$0, cgroup: name, hasCgroupNamespace: namespace)
        }
        #expect(outcome == Outcome(code: 0))
        // What was made lay below the container's cgroup, and went with it.
        let left = try Running(["find", "/sys/fs/cgroup", "-type", "d", "-name", "\(name)*"], input: .empty, environment: [:]).wait().output
        #expect(left == "")
        for directory in left.split(separator: "\n") { _ = unsafe rmdir(String(directory)) }
    }

    @Test(arguments: ["proc", "sys"]) func cve_2023_27561(_ name: String) throws {
        let bundle = try Bundle()
        _ = unsafe rmdir("\(bundle.rootfs)/\(name)")
        try makeDirectories("\(bundle.rootfs)/evil")
        _ = unsafe symlink("evil", "\(bundle.rootfs)/\(name)")
        let outcome = try run(bundle, "echo ran") {
            if name == "sys" { $0.mounts?.append(Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"])) }
        }
        #expect(outcome.code != 0 && outcome.output.isEmpty && outcome.errorOutput.contains("/\(name) is a symbolic link in the image"), "\(outcome)")
    }

    @Test func cve_2024_21626() throws {
        try withDetached("sleep 1000") { _, exec throws in
            let bundle = try Bundle()
            for number in 0..<rounds(16, slow: 10) {
                let path = "/proc/self/fd/\(number)"
                for outcome in [try run(bundle, "ls", change: { $0.process?.cwd = path }), try exec("--cwd", path, "--", "ls")] {
                    #expect(outcome.code != 0 && outcome.output.isEmpty, "\(path): \(outcome)")
                }
            }
            #expect(try exec("--", "ls", "/proc/self/fd").output == "0\n1\n2\n3\n")  // the last is ls's own
            #expect(try run(bundle, "exec ls /proc/self/fd").output == "0\n1\n2\n3\n")
        }
    }

    @Test func cve_2025_31133() throws {
        for trick in ["/proc/sys/kernel/core_pattern", "../proc/sysrq-trigger", "/etc"] {
            let bundle = try Bundle()
            _ = unsafe symlink(trick, "\(bundle.rootfs)/dev/null")
            let outcome = try run(bundle, "busybox grep -c core_pattern /proc/self/mountinfo; busybox wc -c </proc/keys") {
                $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
            }
            // The runtime puts its own /dev/null there, or refuses.
            #expect(outcome.output == "0\n0\n" || (outcome.code != 0 && outcome.output.isEmpty), "\(trick): \(outcome)")
        }
    }

    @Test func cve_2025_52565() throws {
        for trick in ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"] {
            let bundle = try Bundle()
            try makeDirectories("\(bundle.rootfs)/dev/pts")
            _ = unsafe symlink(trick, "\(bundle.rootfs)/dev/console")
            defer { _ = try? command(bundle, ["delete", "--force", id(bundle)]) }
            // Whoever listens there gets the terminal's master; it may stay in the queue.
            let path = "\(bundle.directory)/console"
            let listener = OwnedFD(adopting: try systemCall("socket") { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) })
            let raw = listener.raw
            var address = socketAddress(path)
            try systemCall("bind") { unsafe withAddress(&address) { pointer, size in unsafe bind(raw, pointer, size) } }
            try systemCall("listen") { listen(raw, 4) }
            let script = """
                busybox grep -cE 'sysrq|core_pattern' /proc/self/mountinfo >/seen; (echo x >/proc/sys/kernel/core_pattern) 2>/dev/null && echo wrote >>/seen
                test -t 0 && echo terminal >>/seen; sleep 1000
                """
            let outcome = try run(bundle, script, detached: true, flags: ["--console-socket", path]) {
                $0.mounts?.removeAll { $0.destination == "/dev" }
                $0.process?.terminal = true
            }
            if outcome.code == 0 {
                #expect(eventually { (try? readText("\(bundle.rootfs)/seen"))?.contains("terminal") == true })
                #expect(try readText("\(bundle.rootfs)/seen") == "0\nterminal\n")
            } else {
                #expect(outcome.errorOutput.contains("console"), "\(outcome)")
            }
        }
    }

    @Test func cve_2025_52881() throws {
        let bundle = try Bundle()
        try makeDirectories("\(bundle.rootfs)/proc/sys/net/ipv4")
        try replaceFile("\(bundle.rootfs)/proc/sys/net/ipv4/ip_forward", with: Array("fake".utf8))
        let shown = try run(bundle, "cat /proc/sys/net/ipv4/ip_forward") { $0.linux?.sysctl = ["net.ipv4.ip_forward": "1"] }
        #expect(shown == Outcome(output: "1\n", code: 0))
        // Without procfs there is nothing of the kernel's to write to.
        let refused = try run(bundle, "echo ran") {
            $0.linux?.sysctl = ["net.ipv4.ip_forward": "1"]
            $0.mounts?.removeAll { $0.destination == "/proc" }
        }
        #expect(refused.code != 0 && refused.output.isEmpty, "\(refused)")
    }
}
