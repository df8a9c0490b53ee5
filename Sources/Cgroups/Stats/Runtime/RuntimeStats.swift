/// The numbers that `events --stats` prints, in the form that runc gives them and engines read.
///
/// What runc leaves out when it is zero is nil here, so that `Codable` leaves it out too. Memory and block devices are the kernel's own
/// numbers, with the places of cgroup v1: v2's swap is shown together with memory.
public struct RuntimeStats: Codable, Sendable, Equatable {
    /// Processor time.
    public var cpu = CPU()
    /// Processors and memory nodes, cgroup v1 only.
    public var cpuset = CPUSet()
    /// Memory.
    public var memory = Memory()
    /// Tasks.
    public var pids = Pids()
    /// Block devices.
    public var blkio = BlockIO()
    /// Huge pages by size.
    public var hugetlb: [String: Hugetlb] = [:]
    /// RDMA devices by name; nil for none.
    public var rdma: [String: RDMA]?
    /// Cache and memory bandwidth: what resctrl says of the container's group, filled in by whoever made that.
    public var intelRdt: [String: String] = [:]
    /// Interfaces that the runtime itself made: none.
    public var networkInterfaces: [String] = []

    enum CodingKeys: String, CodingKey {
        case cpu, cpuset, memory, pids, blkio, hugetlb, rdma
        case intelRdt = "intel_rdt"
        case networkInterfaces = "network_interfaces"
    }

    /// Processor time in nanoseconds.
    public struct CPU: Codable, Sendable, Equatable {
        /// Time used.
        public var usage = Usage()
        /// What the quota did.
        public var throttling = Throttling()
        /// What was saved up and used above the quota, cgroup v2 only.
        public var burst: Burst?
        /// Time lost by waiting (PSI), cgroup v2 only.
        public var psi: Pressure?

        /// Time used.
        public struct Usage: Codable, Sendable, Equatable {
            /// All of it.
            public var total: UInt64?
            /// By processor, cgroup v1 only.
            public var percpu: [UInt64]?
            /// In the kernel by processor, cgroup v1 only.
            public var percpuKernel: [UInt64]?
            /// In programs by processor, cgroup v1 only.
            public var percpuUser: [UInt64]?
            /// In the kernel.
            public var kernel: UInt64 = 0
            /// In programs.
            public var user: UInt64 = 0

            enum CodingKeys: String, CodingKey {
                case total, percpu, kernel, user
                case percpuKernel = "percpu_kernel"
                case percpuUser = "percpu_user"
            }
        }

        /// What the quota did.
        public struct Throttling: Codable, Sendable, Equatable {
            /// Periods in which a task was runnable.
            public var periods: UInt64?
            /// Those in which the quota was used up.
            public var throttledPeriods: UInt64?
            /// Nanoseconds spent waiting for the next period.
            public var throttledTime: UInt64?
        }

        /// Use above the quota.
        public struct Burst: Codable, Sendable, Equatable {
            /// Periods in which it happened.
            public var burstsPeriods: UInt64?
            /// Nanoseconds of it.
            public var burstTime: UInt64?
        }
    }

    /// Files of the v1 controller `cpuset`; all zero on v2.
    public struct CPUSet: Codable, Sendable, Equatable {
        /// Processors.
        public var cpus: [UInt16]?
        /// Whether others are kept off them.
        public var cpuExclusive: UInt64 = 0
        /// Memory nodes.
        public var mems: [UInt16]?
        /// Whether the kernel's own pages are held to them.
        public var memHardwall: UInt64 = 0
        /// Whether others are kept off the nodes.
        public var memExclusive: UInt64 = 0
        /// Whether pages follow a change of nodes.
        public var memoryMigrate: UInt64 = 0
        /// Whether page cache is spread.
        public var memorySpreadPage: UInt64 = 0
        /// Whether slabs are spread.
        public var memorySpreadSlab: UInt64 = 0
        /// Rate of reclaiming.
        public var memoryPressure: UInt64 = 0
        /// Whether load is balanced.
        public var schedLoadBalance: UInt64 = 0
        /// How far.
        public var schedRelaxDomainLevel: Int64 = 0

        enum CodingKeys: String, CodingKey {
            case cpus, mems
            case cpuExclusive = "cpu_exclusive"
            case memHardwall = "mem_hardwall"
            case memExclusive = "mem_exclusive"
            case memoryMigrate = "memory_migrate"
            case memorySpreadPage = "memory_spread_page"
            case memorySpreadSlab = "memory_spread_slab"
            case memoryPressure = "memory_pressure"
            case schedLoadBalance = "sched_load_balance"
            case schedRelaxDomainLevel = "sched_relax_domain_level"
        }
    }

    /// Tasks.
    public struct Pids: Codable, Sendable, Equatable {
        /// Now.
        public var current: UInt64?
        /// The limit; nil for none.
        public var limit: UInt64?
    }

    /// Huge pages of one size, in bytes.
    public struct Hugetlb: Codable, Sendable, Equatable {
        /// In use.
        public var usage: UInt64?
        /// The most that was ever in use, cgroup v1 only.
        public var max: UInt64?
        /// How often the limit was met.
        public var failcnt: UInt64 = 0
    }

    /// One RDMA device.
    public struct RDMA: Codable, Sendable, Equatable {
        /// Handles in use.
        public var hcaHandles: UInt64?
        /// Objects in use.
        public var hcaObjects: UInt64?
    }

    /// Time lost by waiting (psi.rst).
    public struct Pressure: Codable, Sendable, Equatable {
        /// Some task waited.
        public var some = Line()
        /// All tasks waited.
        public var full = Line()

        /// Percentages of the last 10, 60 and 300 seconds, and microseconds in all.
        public struct Line: Codable, Sendable, Equatable {
            /// Percent of the last 10 seconds.
            public var avg10 = 0.0
            /// Percent of the last minute.
            public var avg60 = 0.0
            /// Percent of the last five minutes.
            public var avg300 = 0.0
            /// Microseconds since creation.
            public var total: UInt64 = 0
        }
    }
}
