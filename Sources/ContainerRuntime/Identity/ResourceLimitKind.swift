/// The kinds of setrlimit(2) with the kernel's numbers (asm-generic/resource.h: all architectures of Apus but MIPS and Alpha).
public enum ResourceLimitKind: UInt32, CaseIterable, Sendable {
    /// CPU time in seconds.
    case cpu = 0
    /// Size of a file in bytes.
    case fsize
    /// Data segment in bytes.
    case data
    /// Stack in bytes.
    case stack
    /// Core file in bytes.
    case core
    /// Resident set in bytes; without effect since Linux 2.4.30.
    case rss
    /// Processes of the user.
    case nproc
    /// Open descriptors.
    case nofile
    /// Locked memory in bytes.
    case memlock
    /// Address space in bytes.
    case `as`
    /// File locks; without effect since Linux 2.4.
    case locks
    /// Pending signals of the user.
    case sigpending
    /// Bytes in POSIX message queues of the user.
    case msgqueue
    /// Ceiling of the nice value, as 20 minus it.
    case nice
    /// Ceiling of the real-time priority.
    case rtprio
    /// Real-time CPU time without a blocking call, in microseconds.
    case rttime

    /// The kind that config.json names, for example `RLIMIT_NOFILE`.
    public init?(ociName: String) {
        guard ociName.hasPrefix("RLIMIT_"), let index = Self.names.firstIndex(of: ociName.dropFirst(7).lowercased()) else { return nil }
        self.init(rawValue: UInt32(index))
        if self.ociName != ociName { return nil }
    }

    /// The kind that `--ulimit` names, for example `nofile`; nil for `as`, which Docker does not offer.
    public init?(flagName: String) {
        guard let kind = ResourceLimitKind.allCases.first(where: { $0.flagName == flagName }), kind != .as else { return nil }
        self = kind
    }

    /// The name in config.json.
    public var ociName: String { "RLIMIT_" + flagName.uppercased() }

    /// The name in flags.
    public var flagName: String { Self.names[Int(rawValue)] }

    /// In the kernel's order; the names of the cases would be found by reflection, which costs a start 0.2 ms.
    private static let names = [
        "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime",
    ]
}
