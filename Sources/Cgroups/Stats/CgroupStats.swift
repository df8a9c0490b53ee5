/// What the kernel counted for one container, in the same form for cgroup v1 and v2.
///
/// What the host does not count is nil.
public struct CgroupStats: Sendable, Equatable {
    /// Processor time since creation.
    public var cpu = CPU()
    /// Memory, with the controller.
    public var memory: Memory?
    /// Tasks.
    public var pids = Pids()
    /// Block devices, with the controller; in the kernel's order.
    public var io: [BlockDevice]?
    /// Time lost by waiting (PSI).
    public var pressure = Pressure()

    /// Processor time in nanoseconds.
    public struct CPU: Sendable, Equatable {
        /// All of it.
        public var usage: UInt64 = 0
        /// In programs.
        public var user: UInt64 = 0
        /// In the kernel.
        public var system: UInt64 = 0
        /// What the quota did; nil without the controller.
        public var throttling: Throttling?
    }

    /// What a processor quota did.
    public struct Throttling: Sendable, Equatable {
        /// Periods in which a task was runnable.
        public var periods: UInt64 = 0
        /// Those in which the quota was used up.
        public var throttledPeriods: UInt64 = 0
        /// Nanoseconds spent waiting for the next period.
        public var throttledTime: UInt64 = 0
    }

    /// Memory in bytes.
    public struct Memory: Sendable, Equatable {
        /// In use, page cache included.
        public var usage: UInt64 = 0
        /// The limit; nil for none.
        public var limit: UInt64?
        /// The most that was ever in use; nil where the kernel does not keep it.
        public var maximum: UInt64?
        /// Page cache.
        public var cache: UInt64 = 0
        /// Page cache that can go at once: Docker shows usage without it.
        public var inactiveFile: UInt64 = 0
        /// Swap in use; nil where the host does not count it.
        public var swap: UInt64?
        /// How often the limit was met and memory could not be found; nil on cgroup v1.
        public var oom: UInt64?
        /// Processes killed for want of memory.
        public var oomKill: UInt64 = 0
    }

    /// Number of tasks.
    public struct Pids: Sendable, Equatable {
        /// Now.
        public var current: UInt64 = 0
        /// The limit; nil for none.
        public var limit: UInt64?
    }

    /// What went to and from one block device.
    public struct BlockDevice: Sendable, Equatable {
        /// The major number.
        public var major: UInt32
        /// The minor number.
        public var minor: UInt32
        /// Bytes read.
        public var readBytes: UInt64 = 0
        /// Bytes written.
        public var writtenBytes: UInt64 = 0
        /// Reads.
        public var reads: UInt64 = 0
        /// Writes.
        public var writes: UInt64 = 0
    }

    /// Time lost by waiting, by what was waited for; nil where the kernel does not keep it.
    public struct Pressure: Sendable, Equatable {
        /// For a processor.
        public var cpu: PressureFile?
        /// For memory.
        public var memory: PressureFile?
        /// For a block device.
        public var io: PressureFile?
    }

    /// One file of the kernel's psi.rst.
    public struct PressureFile: Sendable, Equatable {
        /// Time in which some task waited.
        public var some = PressureLine()
        /// Time in which all tasks waited.
        public var full = PressureLine()
    }

    /// Percentages of the last 10, 60 and 300 seconds, and microseconds in all.
    public struct PressureLine: Sendable, Equatable {
        /// Percent of the last 10 seconds.
        public var average10 = 0.0
        /// Percent of the last minute.
        public var average60 = 0.0
        /// Percent of the last five minutes.
        public var average300 = 0.0
        /// Microseconds since creation.
        public var total: UInt64 = 0
    }
}
