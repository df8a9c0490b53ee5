import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// Masked and read-only paths, user namespaces, and escapes that other runtimes had through mounts.
@Suite struct ProtectionTests {
    @Test func maskedAndReadOnlyPaths() throws {
        let bundle = try Bundle()
        try bundle.prepare("cd rootfs; mkdir -p m/d r/below; echo x >m/f; echo x >m/d/x; ln -s f m/l; echo x >m/behind; ln -s behind m/link")
        let mounts = [
            Mount(destination: "/r", type: "tmpfs", source: "t", options: ["nosuid", "nodev", "noexec", "mode=755"]),
            Mount(destination: "/r/below", type: "tmpfs", source: "t", options: ["mode=755"]),
        ]
        let script = """
            ls -A /m/d; busybox wc -c </m/f; busybox wc -c </m/behind; touch /m/d/y 2>/dev/null || echo masked
            touch /r/x 2>/dev/null || echo read-only; touch /r/below/x; awk '$5 == "/r" { print $6 }' /proc/self/mountinfo | busybox tail -n 1
            cat /m/ro; (echo y >/m/ro) 2>/dev/null || echo read-only
            """
        try bundle.prepare("echo x >rootfs/m/ro")
        let shown = try bundle.inside(script, mounts) {
            $0.linux?.maskedPaths = ["/m/f", "/m/d", "/m/link", "/nothere", "/m/f/nothere"]
            $0.linux?.readonlyPaths = ["/r", "/m/ro", "/nothere/too"]
        }
        #expect(shown == "0\n0\nmasked\nread-only\nro,nosuid,nodev,noexec,relatime\nx\nread-only\n")
    }

    @Test func userNamespace() throws {
        let bundle = try Bundle()
        try bundle.prepare("chown -R 100000:100000 rootfs")
        let mounts = [
            Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
            Mount(destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "mode=1777"]),
            Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
            Mount(destination: "/host", type: "bind", source: "/etc", options: ["rbind", "ro"]),
        ]
        let script = """
            for m in /proc /sys /dev/pts /dev/shm /host; do awk -v m=$m '$5 == m { print m, $(NF-2) }' /proc/self/mountinfo; done
            ls -d /sys/class/net/lo; touch /dev/shm/x /new; touch /sys/x /host/x 2>/dev/null || echo read-only; stat -c '%u:%g' /new /dev/shm/x
            (echo 1 >/proc/sys/kernel/panic) 2>/dev/null || echo read-only; awk '$5 == "/dev/pts" { print $NF }' /proc/self/mountinfo
            """
        let shown = try bundle.inside(script, mounts, userNamespace: true) { $0.mounts?[2].options?.append("gid=5") }
        let lines = shown.split(separator: "\n").map(String.init)
        #expect(lines.prefix(4) == ["/proc proc", "/sys sysfs", "/dev/pts devpts", "/dev/shm tmpfs"])
        #expect(lines.dropFirst(5).dropLast() == ["/sys/class/net/lo", "read-only", "0:0", "0:0", "read-only"])
        #expect(lines.last?.contains("gid=100005") == true || lines.last?.contains("gid=5") == true, "\(shown)")
    }

    /// Links in the way of what is made for a mount or a device: with the host's pid namespace /proc/1/root is the host's root.
    @Test func cve_2021_30465() throws {
        let bundle = try Bundle()
        let victim = "\(bundle.directory)/victim"
        try bundle.prepare(
            "mkdir victim; ln -s /proc/1/root\(victim) rootfs/magic; ln -s ../../../../../../../..\(victim) rootfs/up; ln -s /magic rootfs/twice")
        for link in ["/magic", "/up", "/twice"] {
            let mounts = [
                Mount(destination: "\(link)/a", type: "tmpfs", source: "t"),
                Mount(destination: "\(link)/b", type: "bind", source: "/etc/passwd", options: ["bind"]),
                Mount(destination: "\(link)/c/d", type: "tmpfs", source: "t", options: ["tmpcopyup"]),
            ]
            for mount in mounts {
                _ = bundle.refusal([mount]) { $0.linux?.namespaces?.removeAll { $0.type == "pid" } }
            }
            _ = bundle.refusal([]) {
                $0.linux?.namespaces?.removeAll { $0.type == "pid" }
                $0.linux?.devices = [LinuxDevice(path: "\(link)/e", type: "c", major: 1, minor: 3)]
                $0.process?.cwd = "\(link)/f"
            }
        }
        #expect(try listDirectory(victim) == [])
    }

    /// Only procfs itself may lie over /proc, and nothing but a few files below it.
    @Test func cve_2019_16884() throws {
        let bundle = try Bundle()
        try bundle.prepare("mkdir -p fake/self; echo 1 >uptime; ln -s proc rootfs/p")
        let sentence = "mounts[3].destination: nothing of the host may be mounted at"
        func bind(_ source: String, _ target: String) -> Mount { Mount(destination: target, type: "bind", source: source, options: ["rbind"]) }
        let fake = "\(bundle.directory)/fake"
        #expect(bundle.refusal([bind(fake, "/proc")]) == "\(sentence) /proc: it is inside /proc")
        #expect(bundle.refusal([bind(fake, "/sys/../proc/")]) == "\(sentence) /proc: it is inside /proc")
        #expect(bundle.refusal([bind(fake, "/proc/self")]) == "\(sentence) /proc/self: it is inside /proc")
        #expect(bundle.refusal([bind("/proc", "/proc/sys")]) == "\(sentence) /proc/sys: it is inside /proc")
        #expect(bundle.refusal([Mount(destination: "/proc/acpi", type: "tmpfs", source: "t")]) == "\(sentence) /proc/acpi: it is inside /proc")
        #expect(bundle.refusal([Mount(destination: "/proc", type: "tmpfs", source: "t")]) == "\(sentence) /proc: it is inside /proc")
        #expect(bundle.refusal([Mount(destination: "/p/sys", type: "tmpfs", source: "t", options: ["tmpcopyup"])]).hasSuffix("/p/sys is a link into /proc"))
        #expect(try bundle.inside("cat /proc/uptime", [bind("\(bundle.directory)/uptime", "/proc/uptime")]) == "1\n")
        // The host's procfs, as engines without rights to mount one bind it.
        let shown = try bundle.inside("test -e /proc/sys/kernel && echo procfs") {
            $0.mounts?[0] = bind("/proc", "/proc")
            $0.linux?.maskedPaths = []
        }
        #expect(shown == "procfs\n")
    }

    /// A masked path that is a link below /proc leads nowhere else, and a read-only one neither.
    @Test func cve_2025_52881() throws {
        let bundle = try Bundle()
        try bundle.prepare("mkdir -p rootfs/fake; ln -s ../fake rootfs/proc/kcore; ln -s /fake rootfs/proc/sys")
        let refusal = bundle.refusal([]) { $0.mounts?.removeAll { $0.destination == "/proc" } }
        #expect(refusal.hasPrefix("cannot make /proc/sys read-only") && refusal.contains("is not the kernel's own file"), "\(refusal)")
    }
}
