public import LinuxSystem
public import OCISpec

/// `process.scheduler` as the kernel takes it (struct sched_attr of sched_setattr(2)).
public struct SchedulingAttributes: Equatable, Sendable {
    /// The policy and what was set with it, for people.
    public let text: String
    /// The 56 bytes of the structure.
    public let bytes: [UInt8]

    private static let policies = [
        "SCHED_OTHER": UInt32(0), "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5, "SCHED_DEADLINE": 6,
    ]
    // In the order of the kernel's bits (linux/sched.h).
    private static let flags = [
        "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
        "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
    ]

    /// Translates the names of config.json.
    ///
    /// - Throws: `ApusError` naming the word that means nothing.
    public init(_ scheduler: Scheduler) throws(ApusError) {
        guard let policy = Self.policies[scheduler.policy] else {
            throw ApusError(.invalidArgument, "process.scheduler.policy: no such policy: \"\(scheduler.policy)\"")
        }
        var bits: UInt64 = 0
        for (index, name) in (scheduler.flags ?? []).enumerated() {
            guard let bit = Self.flags.firstIndex(of: name) else {
                throw ApusError(.invalidArgument, "process.scheduler.flags[\(index)]: no such flag: \"\(name)\"")
            }
            bits |= 1 << UInt64(bit)
        }
        var bytes: [UInt8] = []
        func add<Number: FixedWidthInteger>(_ number: Number) { unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) } }
        add(UInt32(56))
        add(policy)
        add(bits)
        add(scheduler.nice ?? 0)
        add(UInt32(bitPattern: scheduler.priority ?? 0))
        for time in [scheduler.runtime, scheduler.deadline, scheduler.period] { add(time ?? 0) }
        add(UInt64(0))  // the least and most utilisation, which config.json has no field for
        self.bytes = bytes
        var words = [scheduler.policy]
        if let nice = scheduler.nice, nice != 0 { words.append("nice \(nice)") }
        if let priority = scheduler.priority, priority != 0 { words.append("priority \(priority)") }
        if scheduler.policy == "SCHED_DEADLINE" {
            words.append("runtime \(scheduler.runtime ?? 0) of \(scheduler.period ?? 0) ns, deadline \(scheduler.deadline ?? 0) ns")
        }
        text = (words + (scheduler.flags ?? [])).joined(separator: ", ")
    }
}
