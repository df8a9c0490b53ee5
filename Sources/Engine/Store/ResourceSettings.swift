public import LinuxSystem
public import OCISpec

/// Limits in the units of Docker's flags.
///
/// Nil means that none was asked for.
public struct ResourceSettings: Codable, Sendable, Equatable {
    /// Bytes of memory.
    public var memory: Int64?
    /// Bytes of memory and swap together; -1 for any amount of swap.
    public var memorySwap: Int64?
    /// Bytes that memory is pushed back to when the host runs short.
    public var memoryReservation: Int64?
    /// How readily anonymous pages are swapped, 0 to 100 (cgroup v1 only).
    public var memorySwappiness: UInt64?
    /// Billionths of a processor.
    public var nanoCPUs: Int64?
    /// Relative weight, 1024 by default.
    public var cpuShares: UInt64?
    /// Microseconds of one period.
    public var cpuPeriod: UInt64?
    /// Microseconds of processor time in each period.
    public var cpuQuota: Int64?
    /// Processors, for example `0-2,7`.
    public var cpusetCPUs: String?
    /// Memory nodes.
    public var cpusetMems: String?
    /// Tasks; -1 for no limit.
    public var pidsLimit: Int64?
    /// Relative weight of block I/O, 10 to 1000.
    public var blkioWeight: UInt16?
    /// Bytes a second that are read, by device.
    public var deviceReadBps: [DeviceRate]?
    /// Bytes a second that are written, by device.
    public var deviceWriteBps: [DeviceRate]?
    /// Reads a second, by device.
    public var deviceReadIOps: [DeviceRate]?
    /// Writes a second, by device.
    public var deviceWriteIOps: [DeviceRate]?
    /// Whether the OOM killer leaves the container alone (cgroup v1 only).
    public var oomKillDisable: Bool?

    /// No limit.
    public init() {}

    /// A rate for one block device of the host.
    public struct DeviceRate: Codable, Sendable, Equatable {
        /// The host's device node.
        public var path: String
        /// Bytes or operations a second.
        public var rate: UInt64
        /// Makes a rate.
        public init(path: String, rate: UInt64) {
            self.path = path
            self.rate = rate
        }
    }

    /// Whether swap follows from `memory` alone: twice the memory, as in Docker, dropped where the host does not count swap.
    public var hasImplicitSwap: Bool { memory != nil && memorySwap == nil }

    /// The limits as the specification has them.
    ///
    /// - Throws: `ApusError` for a device node that is none.
    public func specification() throws(ApusError) -> LinuxResources {
        var result = LinuxResources()
        if memory != nil || memoryReservation != nil || memorySwap != nil || memorySwappiness != nil || oomKillDisable == true {
            var limits = LinuxMemory(limit: memory, reservation: memoryReservation, swap: memorySwap)
            limits.swappiness = memorySwappiness
            if oomKillDisable == true { limits.disableOOMKiller = true }
            if let memory, memorySwap == nil { limits.swap = memory > Int64.max / 2 ? -1 : memory * 2 }
            result.memory = limits
        }
        var cpu = LinuxCPU(shares: cpuShares, quota: cpuQuota, period: cpuPeriod, cpus: cpusetCPUs, mems: cpusetMems)
        if let nanoCPUs {
            cpu.period = 100_000
            cpu.quota = Int64((Double(nanoCPUs) / 10_000).rounded())
        }
        if cpu != LinuxCPU() { result.cpu = cpu }
        if let pidsLimit { result.pids = LinuxPids(limit: pidsLimit <= 0 ? -1 : pidsLimit) }
        var io = LinuxBlockIO(weight: blkioWeight)
        io.throttleReadBpsDevice = try deviceReadBps?.map(Self.throttle)
        io.throttleWriteBpsDevice = try deviceWriteBps?.map(Self.throttle)
        io.throttleReadIOPSDevice = try deviceReadIOps?.map(Self.throttle)
        io.throttleWriteIOPSDevice = try deviceWriteIOps?.map(Self.throttle)
        if io != LinuxBlockIO() { result.blockIO = io }
        return result
    }

    private static func throttle(_ rate: DeviceRate) throws(ApusError) -> LinuxThrottleDevice {
        let device = try HostDevice(path: rate.path)
        guard device.type == "b" else { throw ApusError(.invalidArgument, "cannot limit the I/O of \(rate.path): it is no block device") }
        return LinuxThrottleDevice(major: device.major, minor: device.minor, rate: rate.rate)
    }
}
