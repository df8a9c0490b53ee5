/// Limits and device rules of the container's cgroup (config-linux.md, "Control groups").
public struct LinuxResources: Codable, Sendable, Equatable {
    /// Device rules; a later one overrides an earlier one.
    public var devices: [LinuxDeviceCgroup]?
    /// Memory.
    public var memory: LinuxMemory?
    /// Processors.
    public var cpu: LinuxCPU?
    /// Number of tasks.
    public var pids: LinuxPids?
    /// Block devices.
    public var blockIO: LinuxBlockIO?
    /// Huge pages.
    public var hugepageLimits: [LinuxHugepageLimit]?
    /// Classes and priorities of packets, cgroup v1 only.
    public var network: LinuxNetwork?
    /// RDMA devices, by name.
    public var rdma: [String: LinuxRdma]?
    /// Files of cgroup v2 with their content.
    public var unified: [String: String]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        devices: [LinuxDeviceCgroup]? = nil, memory: LinuxMemory? = nil, cpu: LinuxCPU? = nil, pids: LinuxPids? = nil, blockIO: LinuxBlockIO? = nil,
        hugepageLimits: [LinuxHugepageLimit]? = nil, network: LinuxNetwork? = nil, rdma: [String: LinuxRdma]? = nil, unified: [String: String]? = nil
    ) {
        self.devices = devices
        self.memory = memory
        self.cpu = cpu
        self.pids = pids
        self.blockIO = blockIO
        self.hugepageLimits = hugepageLimits
        self.network = network
        self.rdma = rdma
        self.unified = unified
    }
}

/// One device rule.
public struct LinuxDeviceCgroup: Codable, Sendable, Equatable {
    /// Whether access is allowed.
    public var allow: Bool
    /// `a` all (the default), `c` character, `b` block.
    public var type: String?
    /// The major number; any where nil or -1.
    public var major: Int64?
    /// The minor number; any where nil or -1.
    public var minor: Int64?
    /// Letters of `r` read, `w` write, `m` mknod; all three where nil or empty.
    public var access: String?

    /// Makes a value from its fields; what is optional may be left out.
    public init(allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil) {
        self.allow = allow
        self.type = type
        self.major = major
        self.minor = minor
        self.access = access
    }
}

/// Memory limits in bytes; -1 lifts one.
public struct LinuxMemory: Codable, Sendable, Equatable {
    /// Memory.
    public var limit: Int64?
    /// Memory that is kept under pressure (soft limit).
    public var reservation: Int64?
    /// Memory and swap together.
    public var swap: Int64?
    /// Deprecated: kernel memory.
    public var kernel: Int64?
    /// Buffers of TCP, cgroup v1 only.
    public var kernelTCP: Int64?
    /// 0 to 100, cgroup v1 only.
    public var swappiness: UInt64?
    /// Whether a process above the limit sleeps where it would be killed, cgroup v1 only.
    public var disableOOMKiller: Bool?
    /// Whether children count, cgroup v1 only.
    public var useHierarchy: Bool?
    /// Whether an update below what is in use is refused.
    public var checkBeforeUpdate: Bool?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil, kernelTCP: Int64? = nil, swappiness: UInt64? = nil,
        disableOOMKiller: Bool? = nil, useHierarchy: Bool? = nil, checkBeforeUpdate: Bool? = nil
    ) {
        self.limit = limit
        self.reservation = reservation
        self.swap = swap
        self.kernel = kernel
        self.kernelTCP = kernelTCP
        self.swappiness = swappiness
        self.disableOOMKiller = disableOOMKiller
        self.useHierarchy = useHierarchy
        self.checkBeforeUpdate = checkBeforeUpdate
    }
}

/// The number of tasks.
public struct LinuxPids: Codable, Sendable, Equatable {
    /// The most tasks; -1 lifts the limit.
    public var limit: Int64?

    /// Makes a value from its fields; what is optional may be left out.
    public init(limit: Int64? = nil) {
        self.limit = limit
    }
}

/// A limit of huge pages of one size.
public struct LinuxHugepageLimit: Codable, Sendable, Equatable {
    /// `64KB`, `2MB`, `1GB` and so on.
    public var pageSize: String
    /// Bytes.
    public var limit: UInt64

    /// Makes a value from its fields; what is optional may be left out.
    public init(pageSize: String, limit: UInt64) {
        self.pageSize = pageSize
        self.limit = limit
    }
}

/// Limits of one RDMA device.
public struct LinuxRdma: Codable, Sendable, Equatable {
    /// Handles that can be open.
    public var hcaHandles: UInt32?
    /// Objects that can exist.
    public var hcaObjects: UInt32?

    /// Makes a value from its fields; what is optional may be left out.
    public init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
        self.hcaHandles = hcaHandles
        self.hcaObjects = hcaObjects
    }
}

/// Marks of packets, cgroup v1 only.
public struct LinuxNetwork: Codable, Sendable, Equatable {
    /// The class for tc(8).
    public var classID: UInt32?
    /// Priorities by interface.
    public var priorities: [LinuxInterfacePriority]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(classID: UInt32? = nil, priorities: [LinuxInterfacePriority]? = nil) {
        self.classID = classID
        self.priorities = priorities
    }
}

/// The priority of packets on one interface.
public struct LinuxInterfacePriority: Codable, Sendable, Equatable {
    /// The interface in the runtime's network namespace.
    public var name: String
    /// The priority.
    public var priority: UInt32

    /// Makes a value from its fields; what is optional may be left out.
    public init(name: String, priority: UInt32) {
        self.name = name
        self.priority = priority
    }
}
