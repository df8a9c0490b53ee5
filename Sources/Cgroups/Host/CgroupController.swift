/// A controller of control groups, by its name in cgroup v2 where it has one.
public enum CgroupController: String, Codable, CodingKeyRepresentable, Sendable, CaseIterable {
    /// Shares and quota of processor time.
    case cpu
    /// Which processors and memory nodes.
    case cpuset
    /// Memory and swap; also what counts OOM kills.
    case memory
    /// Number of tasks.
    case pids
    /// Block devices; `blkio` in cgroup v1.
    case io
    /// Huge pages.
    case hugetlb
    /// RDMA devices.
    case rdma
    /// Scalar resources of the host, cgroup v2 only.
    case misc
    /// Device rules, cgroup v1 only: on v2 a BPF program has this task.
    case devices
    /// Freezing, cgroup v1 only: every v2 cgroup can freeze.
    case freezer
    /// Accounting of processor time, cgroup v1 only: every v2 cgroup counts it.
    case cpuacct
    /// Classes of packets, cgroup v1 only.
    case netClass = "net_cls"
    /// Priorities of packets, cgroup v1 only.
    case netPriority = "net_prio"
    /// Counters of perf_event_open(2), cgroup v1 only: on v2 every cgroup can be watched.
    case perfEvent = "perf_event"

    /// The name among the mount options of a cgroup v1 hierarchy.
    public var legacyName: String { self == .io ? "blkio" : rawValue }
}

/// Which interface a controller's files have.
public enum CgroupVersion: String, Codable, Sendable {
    /// One tree a controller, cgroups(7) "Cgroups version 1".
    case v1
    /// One tree for all, the kernel's cgroup-v2.rst.
    case v2
}
