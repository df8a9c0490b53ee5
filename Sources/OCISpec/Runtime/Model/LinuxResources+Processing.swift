/// Processor limits.
public struct LinuxCPU: Codable, Sendable, Equatable {
    /// Relative weight, 2 to 262144; 1024 is the default.
    public var shares: UInt64?
    /// Microseconds of CPU in a period; -1 lifts the limit.
    public var quota: Int64?
    /// Microseconds that may be saved up beyond the quota.
    public var burst: UInt64?
    /// Microseconds of a period.
    public var period: UInt64?
    /// Microseconds of realtime scheduling in a period, cgroup v1 only.
    public var realtimeRuntime: Int64?
    /// Microseconds of a realtime period, cgroup v1 only.
    public var realtimePeriod: UInt64?
    /// CPUs as a list like `0-3,7`.
    public var cpus: String?
    /// Memory nodes as a list like `0-3,7`.
    public var mems: String?
    /// 1 for SCHED_IDLE, 0 for the default.
    public var idle: Int64?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil, realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil,
        cpus: String? = nil, mems: String? = nil, idle: Int64? = nil
    ) {
        self.shares = shares
        self.quota = quota
        self.burst = burst
        self.period = period
        self.realtimeRuntime = realtimeRuntime
        self.realtimePeriod = realtimePeriod
        self.cpus = cpus
        self.mems = mems
        self.idle = idle
    }
}

/// Limits of block devices.
public struct LinuxBlockIO: Codable, Sendable, Equatable {
    /// Relative weight, 10 to 1000.
    public var weight: UInt16?
    /// The weight of the cgroup's own tasks against its children, cgroup v1 with CFQ only.
    public var leafWeight: UInt16?
    /// Weights by device.
    public var weightDevice: [LinuxWeightDevice]?
    /// Bytes read a second.
    public var throttleReadBpsDevice: [LinuxThrottleDevice]?
    /// Bytes written a second.
    public var throttleWriteBpsDevice: [LinuxThrottleDevice]?
    /// Reads a second.
    public var throttleReadIOPSDevice: [LinuxThrottleDevice]?
    /// Writes a second.
    public var throttleWriteIOPSDevice: [LinuxThrottleDevice]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [LinuxWeightDevice]? = nil, throttleReadBpsDevice: [LinuxThrottleDevice]? = nil,
        throttleWriteBpsDevice: [LinuxThrottleDevice]? = nil, throttleReadIOPSDevice: [LinuxThrottleDevice]? = nil,
        throttleWriteIOPSDevice: [LinuxThrottleDevice]? = nil
    ) {
        self.weight = weight
        self.leafWeight = leafWeight
        self.weightDevice = weightDevice
        self.throttleReadBpsDevice = throttleReadBpsDevice
        self.throttleWriteBpsDevice = throttleWriteBpsDevice
        self.throttleReadIOPSDevice = throttleReadIOPSDevice
        self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
    }
}

/// The weight of one block device.
public struct LinuxWeightDevice: Codable, Sendable, Equatable {
    /// The major number.
    public var major: Int64
    /// The minor number.
    public var minor: Int64
    /// Relative weight, 10 to 1000.
    public var weight: UInt16?
    /// The weight against the cgroup's children, cgroup v1 with CFQ only.
    public var leafWeight: UInt16?

    /// Makes a value from its fields; what is optional may be left out.
    public init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
        self.major = major
        self.minor = minor
        self.weight = weight
        self.leafWeight = leafWeight
    }
}

/// The rate of one block device.
public struct LinuxThrottleDevice: Codable, Sendable, Equatable {
    /// The major number.
    public var major: Int64
    /// The minor number.
    public var minor: Int64
    /// Bytes or operations a second; 0 lifts the limit.
    public var rate: UInt64

    /// Makes a value from its fields; what is optional may be left out.
    public init(major: Int64, minor: Int64, rate: UInt64) {
        self.major = major
        self.minor = minor
        self.rate = rate
    }
}
