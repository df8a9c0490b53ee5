import ContainerRuntime
import OCISpec

/// A specification with one of everything whose order matters.
func sampleSpec() -> Spec {
    var spec = Spec(ociVersion: "1.3.0")
    spec.root = Root(path: "/rootfs", readonly: true)
    spec.hostname = "sample"
    spec.process = Process(user: User(uid: 1000, gid: 1000, additionalGids: [7]), args: ["/bin/app", "-v"], env: ["A=1"], cwd: "/srv")
    spec.process?.capabilities = LinuxCapabilities(bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"])
    spec.process?.rlimits = [POSIXRlimit(type: "RLIMIT_NOFILE", hard: 2048, soft: 1024)]
    spec.process?.oomScoreAdj = 100
    spec.mounts = [
        Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
        Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"]),
        Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"]),
        Mount(destination: "/data", type: "bind", source: "/srv/data", options: ["rbind", "ro"]),
    ]
    var linux = Linux()
    linux.namespaces = ["pid", "network", "ipc", "uts", "mount", "cgroup"].map { LinuxNamespace(type: $0) }
    linux.maskedPaths = ["/proc/kcore"]
    linux.readonlyPaths = ["/proc/sys"]
    linux.sysctl = ["net.ipv4.ip_forward": "1"]
    spec.linux = linux
    return spec
}

/// A context with cgroups of both kinds and a filter of one instruction.
func sampleContext() -> PlanContext {
    var context = PlanContext()
    context.cgroup = .join(unified: true, tasks: ["memory", "devices"])
    context.cgroupMounts = [
        PlanContext.CgroupMount(type: "cgroup", options: "memory", directory: "memory"), PlanContext.CgroupMount(type: "cgroup2", directory: "unified"),
    ]
    context.seccomp = SeccompProgram(instructions: [6, 0, 0, 0, 0, 0, 255, 127])
    context.kept = [.lock, .containerDirectory, .runDirectory]
    return context
}

extension LaunchPlan {
    /// Where the first step stands that `matches` accepts, in the order of obedience; nil where there is none.
    func position(_ matches: (PlanAction) -> Bool) -> Int? { (inner + final).firstIndex { matches($0.action) } }
}
