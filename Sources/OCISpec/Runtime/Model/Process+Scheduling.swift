/// Parameters of sched_setattr(2) (config.md, "scheduler").
public struct Scheduler: Codable, Sendable, Equatable {
    /// `SCHED_OTHER`, `SCHED_FIFO`, `SCHED_RR`, `SCHED_BATCH`, `SCHED_ISO`, `SCHED_IDLE` or `SCHED_DEADLINE`.
    public var policy: String
    /// The nice value for `SCHED_OTHER` and `SCHED_BATCH`.
    public var nice: Int32?
    /// The static priority for `SCHED_FIFO` and `SCHED_RR`.
    public var priority: Int32?
    /// `SCHED_FLAG_RESET_ON_FORK` and its kin.
    public var flags: [String]?
    /// Nanoseconds of CPU in a period, for `SCHED_DEADLINE`.
    public var runtime: UInt64?
    /// Nanoseconds until the deadline, for `SCHED_DEADLINE`.
    public var deadline: UInt64?
    /// Nanoseconds of a period, for `SCHED_DEADLINE`.
    public var period: UInt64?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        policy: String, nice: Int32? = nil, priority: Int32? = nil, flags: [String]? = nil, runtime: UInt64? = nil, deadline: UInt64? = nil,
        period: UInt64? = nil
    ) {
        self.policy = policy
        self.nice = nice
        self.priority = priority
        self.flags = flags
        self.runtime = runtime
        self.deadline = deadline
        self.period = period
    }
}

/// The I/O priority of ioprio_set(2).
public struct LinuxIOPriority: Codable, Sendable, Equatable {
    /// `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`.
    public var `class`: String
    /// 0 (highest) to 7.
    public var priority: Int

    /// Makes a value from its fields; what is optional may be left out.
    public init(`class`: String, priority: Int) {
        self.`class` = `class`
        self.priority = priority
    }
}

extension LinuxIOPriority {
    /// Reads the priority, which is 0 where it is missing, as the specification's schema and runc have it.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(class: try fields.decode(String.self, forKey: .class), priority: try fields.decodeIfPresent(Int.self, forKey: .priority) ?? 0)
    }
}

/// CPUs of a process that `exec` starts, as lists like `0-3,7`.
public struct CPUAffinity: Codable, Sendable, Equatable {
    /// CPUs before it moves to the container's cgroup.
    public var initial: String?
    /// CPUs after that.
    public var final: String?

    /// Makes a value from its fields; what is optional may be left out.
    public init(initial: String? = nil, final: String? = nil) {
        self.initial = initial
        self.final = final
    }
}
