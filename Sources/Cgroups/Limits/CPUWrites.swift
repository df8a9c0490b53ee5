import Glibc
import LinuxSystem
import OCISpec

extension LinuxCPU {
    func writes(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        let times = [shares ?? 0, period ?? 0, realtimePeriod ?? 0].contains { $0 != 0 } || burst != nil
        guard times || quota ?? 0 != 0 || realtimeRuntime ?? 0 != 0 || idle != nil else { return [] }
        switch try context.version(.cpu, "cpu") {
        case .v1: return try legacyWrites(context)
        case .v2: return try unifiedWrites(context)
        }
    }

    func cpusetWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        var writes = [CgroupWrite]()
        for (value, name) in [(cpus, "cpus"), (mems, "mems")] {
            guard let value, !value.isEmpty else { continue }
            _ = try context.version(.cpuset, "cpu.\(name)")
            writes.append(CgroupWrite(controller: .cpuset, field: "cpu.\(name)", file: "cpuset.\(name)", value: value))
        }
        return writes
    }

    /// The weight of cgroup v2, 1 to 10000, for v1's shares, 2 to 262144.
    ///
    /// The curve of runc 1.3.2 and crun 1.23: in logarithms a parabola through both ends and through the defaults, 1024 shares and a weight
    /// of 100. The straight line that runtimes had before made 39 of the default.
    static func weight(ofShares shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let power = log2(Double(shares))
        return UInt64(pow(10, (power * power + 125 * power) / 612 - 7 / 34).rounded(.up))
    }

    private func unifiedWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        if realtimeRuntime ?? 0 != 0 { try context.requireLegacy(.cpu, "cpu.realtimeRuntime") }
        if realtimePeriod ?? 0 != 0 { try context.requireLegacy(.cpu, "cpu.realtimePeriod") }
        var writes = [CgroupWrite]()
        func add(_ field: String, _ file: String, _ value: String) {
            writes.append(CgroupWrite(controller: .cpu, field: "cpu.\(field)", file: file, value: value))
        }
        if let idle { add("idle", "cpu.idle", String(idle)) }
        // An idle group has no weight: the kernel refuses one.
        if let shares, shares != 0, idle != 1 { add("shares", "cpu.weight", String(LinuxCPU.weight(ofShares: shares))) }
        let quota = quota == 0 ? nil : quota
        if let burst {
            // A burst above the quota of this moment is refused: without a quota every burst is right.
            if context.isLive && quota != nil { add("quota", "cpu.max", "max") }
            add("burst", "cpu.max.burst", String(burst))
        }
        switch (quota.map { $0 < 0 ? "max" : String($0) }, period == 0 ? nil : period) {
        case (let quota?, let period?): add("quota", "cpu.max", "\(quota) \(period)")
        case (let quota?, nil): add("quota", "cpu.max", quota)
        case (nil, let period?):
            let kept = context.current(.cpu, "cpu.max")?.split(separator: " ").first.map(String.init) ?? "max"
            add("period", "cpu.max", "\(kept) \(period)")
        case (nil, nil): break
        }
        return writes
    }

    private func legacyWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        // The kernel would take the nearest without a word.
        if let shares, shares != 0, idle != 1, !(2...262_144).contains(shares) {
            throw ApusError(.invalidArgument, "the \(shares < 2 ? "minimum allowed cpu-shares is 2" : "maximum allowed cpu-shares is 262144")")
        }
        var writes = [CgroupWrite]()
        func add(_ field: String, _ file: String, _ value: String) {
            writes.append(CgroupWrite(controller: .cpu, field: "cpu.\(field)", file: "cpu.\(file)", value: value))
        }
        if let idle { add("idle", "idle", String(idle)) }
        if let shares, shares != 0, idle != 1 { add("shares", "shares", String(shares)) }
        let quota = quota == 0 ? nil : quota
        let period = period == 0 ? nil : period
        // Quota, period and burst are checked against each other at every write: without a quota every value is right.
        if context.isLive, quota != nil, period != nil || burst != nil { add("quota", "cfs_quota_us", "-1") }
        if let burst { add("burst", "cfs_burst_us", String(burst)) }
        if let period { add("period", "cfs_period_us", String(period)) }
        if let quota { add("quota", "cfs_quota_us", String(max(-1, quota))) }
        // A runtime above its period is refused at every moment: downwards the runtime goes first.
        let isShorter = realtimePeriod.map { period in context.current(.cpu, "cpu.rt_runtime_us").flatMap { UInt64($0) }.map { period < $0 } == true }
        if let realtimePeriod, realtimePeriod != 0, isShorter != true { add("realtimePeriod", "rt_period_us", String(realtimePeriod)) }
        if let realtimeRuntime, realtimeRuntime != 0 { add("realtimeRuntime", "rt_runtime_us", String(realtimeRuntime)) }
        if let realtimePeriod, realtimePeriod != 0, isShorter == true { add("realtimePeriod", "rt_period_us", String(realtimePeriod)) }
        return writes
    }
}
