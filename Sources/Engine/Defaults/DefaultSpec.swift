public import ContainerRuntime
public import OCISpec

/// What Docker gives a container that asks for nothing special.
///
/// Facts from moby's oci package and Docker 27; a user who comes from Docker finds the same things allowed and the same hidden.
public enum DefaultSpec {
    /// The fourteen capabilities of an unprivileged container.
    ///
    /// CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE and
    /// SETFCAP, as `grep CapEff /proc/self/status` shows them.
    public static let capabilities = CapabilitySet(mask: 0xa804_25fb)

    /// The sets of a process with these capabilities: nothing inheritable and nothing ambient (CVE-2022-24769).
    public static func processCapabilities(_ set: CapabilitySet) -> LinuxCapabilities {
        let names = set.ociNames
        return LinuxCapabilities(bounding: names, effective: names, inheritable: [], permitted: names, ambient: [])
    }

    /// What is hidden, because it tells of the host or changes it.
    public static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ]

    /// What can only be read.
    public static let readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// The size of /dev/shm in bytes without `--shm-size`.
    public static let shmSize: UInt64 = 64 << 20

    /// PATH where the image sets none.
    public static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The device rules; the runtime adds what the specification wants in every container (terminals, mknod).
    public static let deviceRules: [LinuxDeviceCgroup] = [
        LinuxDeviceCgroup(allow: false, access: "rwm"),
        character(1, 3), character(1, 5), character(1, 8), character(1, 9),  // null, zero, random, urandom
        character(5, 0), character(5, 1),  // tty, console
        LinuxDeviceCgroup(allow: false, type: "c", major: 10, minor: 229, access: "rwm"),  // fuse
    ]

    /// The rules of `--privileged`: every device.
    public static let privilegedDeviceRules = [LinuxDeviceCgroup(allow: true, access: "rwm")]

    /// The file systems that every container finds; a mount comes before those below it.
    ///
    /// - Parameter shmSize: bytes of /dev/shm.
    /// - Parameter privileged: /sys and the cgroups can be written.
    public static func mounts(shmSize: UInt64 = shmSize, privileged: Bool = false) -> [Mount] {
        let closed = ["nosuid", "noexec", "nodev"]
        let access = privileged ? "rw" : "ro"
        return [
            Mount(destination: "/proc", type: "proc", source: "proc", options: closed),
            Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Mount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + [access]),
            Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: closed + [access]),
            Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
            Mount(destination: "/dev/shm", type: "tmpfs", source: "shm", options: closed + ["mode=1777", "size=\(shmSize)"]),
        ]
    }

    private static func character(_ major: Int64, _ minor: Int64) -> LinuxDeviceCgroup {
        LinuxDeviceCgroup(allow: true, type: "c", major: major, minor: minor, access: "rwm")
    }
}
