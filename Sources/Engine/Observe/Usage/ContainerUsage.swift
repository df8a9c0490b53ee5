import Cgroups
import LinuxSystem

/// What a container uses, as `stats` shows it.
public struct ContainerUsage: Sendable, Equatable {
    /// Percent of one processor, between two samples.
    public let cpuPercent: Double
    /// Bytes of memory without what can go at once; nil where the host does not count it.
    public let memory: UInt64?
    /// Bytes that it may use: its limit, or the host's memory.
    public let memoryLimit: UInt64
    /// Bytes over its own network.
    public let network: NetworkCounters
    /// Bytes read from block devices; nil where the host does not count them for it.
    public let read: UInt64?
    /// Bytes written to block devices; nil where the host does not count them for it.
    public let written: UInt64?
    /// Tasks.
    public let pids: UInt64

    /// Percent of the memory that it may use.
    public var memoryPercent: Double { memoryLimit == 0 ? 0 : Double(memory ?? 0) / Double(memoryLimit) * 100 }

    /// Works it out from two samples, the earlier one first.
    ///
    /// - Parameter hostMemory: bytes, the limit of a container that has none.
    public init(from earlier: ContainerSample, to later: ContainerSample, hostMemory: UInt64) {
        let elapsed = later.moment &- earlier.moment
        let used = later.counters.cpu.usage.subtractingReportingOverflow(earlier.counters.cpu.usage)
        cpuPercent = elapsed == 0 || used.overflow ? 0 : Double(used.partialValue) / Double(elapsed) * 100
        // As Docker counts: page cache that nobody uses is not the container's need.
        memory = later.counters.memory.map { $0.usage > $0.inactiveFile ? $0.usage - $0.inactiveFile : $0.usage }
        memoryLimit = min(later.counters.memory?.limit ?? .max, hostMemory)
        network = later.network
        read = later.counters.io?.reduce(0) { $0 &+ $1.readBytes }
        written = later.counters.io?.reduce(0) { $0 &+ $1.writtenBytes }
        pids = later.counters.pids.current
    }
}
