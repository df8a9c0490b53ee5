extension Spec {
    /// The specification to start from, that of `runc spec`: a shell in a read-only root with few privileges.
    ///
    /// - Parameter cgroupNamespace: whether the container has a cgroup namespace, as runc gives it on hosts with cgroup v2.
    public static func example(cgroupNamespace: Bool) -> Spec {
        let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        let process = Process(
            terminal: true, user: User(uid: 0, gid: 0), args: ["sh"],
            env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"], cwd: "/",
            capabilities: LinuxCapabilities(bounding: capabilities, effective: capabilities, permitted: capabilities),
            rlimits: [POSIXRlimit(type: "RLIMIT_NOFILE", hard: 1024, soft: 1024)], noNewPrivileges: true)
        let linux = Linux(
            resources: LinuxResources(devices: [LinuxDeviceCgroup(allow: false, access: "rwm")]),
            namespaces: (["pid", "network", "ipc", "uts", "mount"] + (cgroupNamespace ? ["cgroup"] : [])).map { LinuxNamespace(type: $0) },
            maskedPaths: [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
                "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
            ],
            readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
        return Spec(
            ociVersion: "1.3.0", process: process, root: Root(path: "rootfs", readonly: true), hostname: "apus", mounts: exampleMounts, linux: linux)
    }

    private static var exampleMounts: [Mount] {
        [
            Mount(destination: "/proc", type: "proc", source: "proc"),
            Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Mount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            Mount(
                destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
            Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
            Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
            Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"]),
        ]
    }

    /// The same for a user without privileges, as `runc spec --rootless`: in a user namespace with the host's network and no limits.
    ///
    /// - Parameters:
    ///   - uid: the user, who is root in the container.
    ///   - gid: the user's group.
    public func rootless(uid: UInt32, gid: UInt32) -> Spec {
        var spec = self
        spec.linux?.namespaces = (linux?.namespaces ?? []).filter { $0.type != "network" && $0.type != "user" } + [LinuxNamespace(type: "user")]
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: uid, size: 1)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: gid, size: 1)]
        spec.linux?.resources = nil
        spec.mounts = mounts?.map { mount in
            // A sysfs can be mounted only by who owns the network namespace.
            if mount.destination == "/sys" {
                return Mount(destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"])
            }
            // Groups and users that are not mapped cannot own files.
            var mount = mount
            mount.options = mount.options?.filter { !$0.hasPrefix("gid=") && !$0.hasPrefix("uid=") }
            return mount
        }
        return spec
    }
}
