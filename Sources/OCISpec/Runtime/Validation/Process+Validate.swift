extension Process {
    /// Resource limits of setrlimit(2) as Linux has them.
    public static let rlimitTypes = [
        "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
    ]

    /// What in this process breaks the specification, for `exec`, which gets a process alone; sentences as of `Spec.validate()`.
    public func validate() -> [String] {
        var check = Validator()
        validate("process", &check)
        return check.problems
    }

    func validate(_ field: String, _ check: inout Validator) {
        check.requireAbsolute(cwd, "\(field).cwd")
        check.require(args?.isEmpty == false, "\(field).args", "have at least one entry")
        for (index, argument) in (args ?? []).enumerated() { check.requireText(argument, "\(field).args[\(index)]") }
        for (index, variable) in (env ?? []).enumerated() {
            check.requireText(variable, "\(field).env[\(index)]")
            let name = variable.utf8.firstIndex(of: UInt8(ascii: "="))
            check.require(name != nil && name != variable.startIndex, "\(field).env[\(index)]", "be NAME=VALUE, got \(quoted(variable))")
        }
        check.requireText(apparmorProfile, "\(field).apparmorProfile")
        check.requireText(selinuxLabel, "\(field).selinuxLabel")
        check.require(user.umask, in: 0...0o7777, "\(field).user.umask")
        validateRlimits(field, &check)
        check.require(oomScoreAdj, in: -1000...1000, "\(field).oomScoreAdj")
        check.requireOne(of: ["IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"], ioPriority?.class, "\(field).ioPriority.class")
        check.require(ioPriority?.priority, in: 0...7, "\(field).ioPriority.priority")
        check.requireList(execCPUAffinity?.initial, "\(field).execCPUAffinity.initial")
        check.requireList(execCPUAffinity?.final, "\(field).execCPUAffinity.final")
        scheduler?.validate("\(field).scheduler", &check)
    }

    private func validateRlimits(_ field: String, _ check: inout Validator) {
        for (index, limit) in (rlimits ?? []).enumerated() {
            check.requireOne(of: Process.rlimitTypes, limit.type, "\(field).rlimits[\(index)].type")
            check.require(
                limit.soft <= limit.hard, "\(field).rlimits[\(index)].soft", "be at most the hard limit \(limit.hard), got \(limit.soft)")
        }
        check.requireDistinct((rlimits ?? []).map(\.type), "\(field).rlimits")
    }
}

extension Scheduler {
    func validate(_ field: String, _ check: inout Validator) {
        let policies = ["SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE"]
        let known = [
            "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
            "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
        ]
        check.requireOne(of: policies, policy, "\(field).policy")
        for (index, flag) in (flags ?? []).enumerated() { check.requireOne(of: known, flag, "\(field).flags[\(index)]") }
        check.require(nice, in: -20...19, "\(field).nice")
        let realtime = policy == "SCHED_FIFO" || policy == "SCHED_RR"
        check.require(priority == nil || priority == 0 || realtime, "\(field).priority", "be left out with \(policy)")
        let deadlineOnly = (runtime ?? 0) != 0 || (deadline ?? 0) != 0 || (period ?? 0) != 0
        check.require(!deadlineOnly || policy == "SCHED_DEADLINE", field, "have runtime, deadline and period only with SCHED_DEADLINE")
    }
}
