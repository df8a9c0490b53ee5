import LinuxSystem
import OCISpec

/// What a process can set only, or only safely, while it is on the host's side: through the host's /proc, where no file of the image stands
/// in the kernel's place, and with rights that count in the first user namespace.
extension PlanCompiler {
    /// Security labels, OOM score and hard limits.
    ///
    /// A container with a user namespace of its own is born in it, so its score and limits are set before the clone, and inherited.
    mutating func compileHostSide(entersUser: Bool, isExec: Bool) throws(ApusError) {
        if !isExec && context.cgroup != .none { inner(.affinity(nil), "linux.cgroupsPath") }
        // Also where no mount could take it: a label that does nothing is none.
        if linux.mountLabel?.isEmpty == false && !isExec { try require(.selinux, for: "linux.mountLabel") }
        try compileLabel(.appArmor, process.apparmorProfile, field: "process.apparmorProfile")
        try compileLabel(.selinux, process.selinuxLabel, field: "process.selinuxLabel")
        var early: [PlanStep] = []
        if let score = process.oomScoreAdj { early.append(PlanStep(.write(path: "/proc/self/oom_score_adj", value: "\(score)"), from: "process.oomScoreAdj")) }
        if entersUser {
            for (limit, number, field) in try limits() {
                early.append(PlanStep(.raiseLimit(type: limit.type, number: number, hard: limit.hard), from: field))
            }
        }
        if entersUser && !isExec { plan.outer.insert(contentsOf: early, at: 0) } else { plan.inner += early }
        try checkNetDevices()
    }

    private mutating func compileLabel(_ module: SecurityModule, _ label: String?, field: String) throws(ApusError) {
        guard let label, !label.isEmpty else { return }
        try require(module, for: field)
        if label.utf8.contains(0) { throw ApusError(.invalidArgument, "\(field) must not contain a NUL byte") }
        inner(.securityLabel(module, label), field)
    }

    private func require(_ module: SecurityModule, for field: String) throws(ApusError) {
        if !context.isEnabled(module) { throw ApusError(.notSupported, "cannot set \(field): \(module.rawValue) is not enabled on this host") }
    }

    /// The options of a mount with `linux.mountLabel` among them; the kernel labels proc, sysfs and mqueue by itself.
    func labelled(_ options: [String], type: String) -> [String] {
        guard let label = linux.mountLabel, !label.isEmpty else { return options }
        if ["proc", "sysfs", "mqueue"].contains(type) { return options }
        return options + ["context=" + label.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "\\,")]
    }

    /// Where an exec runs: `initial` until it is in the cgroup, `final` from then on.
    mutating func compileExecAffinity() throws(ApusError) {
        func set(_ list: String?, _ name: String) throws(ApusError) -> NumberSet? {
            guard let list, !list.isEmpty else { return nil }
            return try NumberSet(list, field: "process.execCPUAffinity.\(name)")
        }
        let initial = try set(process.execCPUAffinity?.initial, "initial")
        let last = try set(process.execCPUAffinity?.final, "final")
        // The clone already places the process in its v2 cgroup.
        if let initial { plan.outer.append(PlanStep(.affinity(initial), from: "process.execCPUAffinity.initial")) }
        if last != nil || initial != nil || context.cgroup != .none { inner(.affinity(last), "process.execCPUAffinity.final") }
    }

    /// Scheduling, memory and execution domain of the program.
    mutating func compileScheduling() throws(ApusError) {
        if let scheduler = process.scheduler { final(.scheduler(try SchedulingAttributes(scheduler)), "process.scheduler") }
        if let priority = process.ioPriority { final(.ioPriority(try IOPriority(priority)), "process.ioPriority") }
        if let policy = linux.memoryPolicy { final(.memoryPolicy(try MemoryPolicy(policy)), "linux.memoryPolicy") }
        guard let personality = linux.personality else { return }
        if let flag = personality.flags?.first { throw ApusError(.notSupported, "linux.personality.flags: no flag is supported, got \"\(flag)\"") }
        guard let number = ["LINUX": UInt32(0), "LINUX32": 8][personality.domain] else {
            throw ApusError(.invalidArgument, "linux.personality.domain: no such domain: \"\(personality.domain)\"")
        }
        final(.personality(name: personality.domain, number: number), "linux.personality")
    }
}
