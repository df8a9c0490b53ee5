/// Cache and memory bandwidth by resctrl (config-linux.md, "IntelRdt").
public struct LinuxIntelRdt: Codable, Sendable, Equatable {
    /// The directory in resctrl.
    public var closID: String?
    /// Lines for the `schemata` file.
    public var schemata: [String]?
    /// The L3 line.
    public var l3CacheSchema: String?
    /// The memory bandwidth line.
    public var memBwSchema: String?
    /// Whether a monitoring group is made for the container.
    public var enableMonitoring: Bool?

    /// Makes a value from its fields; what is optional may be left out.
    public init(closID: String? = nil, schemata: [String]? = nil, l3CacheSchema: String? = nil, memBwSchema: String? = nil, enableMonitoring: Bool? = nil) {
        self.closID = closID
        self.schemata = schemata
        self.l3CacheSchema = l3CacheSchema
        self.memBwSchema = memBwSchema
        self.enableMonitoring = enableMonitoring
    }
}

/// The NUMA policy of set_mempolicy(2).
public struct LinuxMemoryPolicy: Codable, Sendable, Equatable {
    /// `MPOL_DEFAULT`, `MPOL_BIND`, `MPOL_INTERLEAVE`, `MPOL_WEIGHTED_INTERLEAVE`, `MPOL_PREFERRED`, `MPOL_PREFERRED_MANY` or `MPOL_LOCAL`.
    public var mode: String
    /// Nodes as a list like `0-3,7`.
    public var nodes: String?
    /// `MPOL_F_NUMA_BALANCING`, `MPOL_F_RELATIVE_NODES`, `MPOL_F_STATIC_NODES`.
    public var flags: [String]?

    /// The values of `mode`.
    public static let modes = [
        "MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL",
    ]
    /// The values of `flags`.
    public static let flags = ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"]

    /// Makes a value from its fields; what is optional may be left out.
    public init(mode: String, nodes: String? = nil, flags: [String]? = nil) {
        self.mode = mode
        self.nodes = nodes
        self.flags = flags
    }
}

/// The execution domain of personality(2).
public struct LinuxPersonality: Codable, Sendable, Equatable {
    /// `LINUX` or `LINUX32`.
    public var domain: String
    /// None are defined yet.
    public var flags: [String]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(domain: String, flags: [String]? = nil) {
        self.domain = domain
        self.flags = flags
    }
}

/// The offset of one clock of a time namespace.
public struct LinuxTimeOffset: Codable, Sendable, Equatable {
    /// Seconds.
    public var secs: Int64?
    /// Further nanoseconds.
    public var nanosecs: UInt32?

    /// Makes a value from its fields; what is optional may be left out.
    public init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
        self.secs = secs
        self.nanosecs = nanosecs
    }
}
