public import LinuxSystem

extension Cgroup {
    /// Reads what the kernel counted.
    ///
    /// - Throws: `ApusError` when the cgroup is gone; single files that a kernel lacks leave their numbers nil or zero.
    public func stats() throws(ApusError) -> CgroupStats {
        var stats = CgroupStats()
        guard let home else { return stats }
        if record.unified == nil { _ = try tree.read("\(home)/cgroup.procs") }
        stats.cpu = try cpuStats()
        stats.memory = memoryStats()
        stats.pids = try pidsStats(home)
        stats.io = ioStats()
        if let unified = record.unified {
            stats.pressure.cpu = pressure("\(unified)/cpu.pressure")
            stats.pressure.memory = pressure("\(unified)/memory.pressure")
            stats.pressure.io = pressure("\(unified)/io.pressure")
        }
        return stats
    }

    /// How many processes of the container the kernel killed for want of memory; nil where memory is not counted.
    public func oomKillCount() -> UInt64? {
        guard let memory = directory(of: .memory) else { return nil }
        guard let text = try? tree.read("\(memory.path)/\(memory.version == .v1 ? "memory.oom_control" : "memory.events")") else { return nil }
        return parseKeyed(text)["oom_kill"]
    }

    /// Every v2 cgroup counts processor time, in a hybrid host too; throttling comes from where the controller is.
    private func cpuStats() throws(ApusError) -> CgroupStats.CPU {
        var cpu = CgroupStats.CPU()
        var throttling = [Substring: UInt64]()
        if let unified = record.unified {
            let values = parseKeyed(try tree.read("\(unified)/cpu.stat"))
            cpu.usage = nanoseconds(values["usage_usec"])
            cpu.user = nanoseconds(values["user_usec"])
            cpu.system = nanoseconds(values["system_usec"])
            throttling = values
        } else if let path = record.legacy[.cpuacct] {
            cpu.usage = number("\(path)/cpuacct.usage") ?? 0
            cpu.user = number("\(path)/cpuacct.usage_user") ?? 0
            cpu.system = number("\(path)/cpuacct.usage_sys") ?? 0
        }
        if let path = record.legacy[.cpu] { throttling = parseKeyed((try? tree.read("\(path)/cpu.stat")) ?? "") }
        if let periods = throttling["nr_periods"] {
            cpu.throttling = CgroupStats.Throttling(
                periods: periods, throttledPeriods: throttling["nr_throttled"] ?? 0,
                throttledTime: throttling["throttled_time"] ?? nanoseconds(throttling["throttled_usec"]))
        }
        return cpu
    }

    private func memoryStats() -> CgroupStats.Memory? {
        guard let (path, version) = directory(of: .memory) else { return nil }
        var memory = CgroupStats.Memory()
        switch version {
        case .v1:
            guard let usage = number("\(path)/memory.usage_in_bytes") else { return nil }
            memory.usage = usage
            memory.limit = (try? tree.read("\(path)/memory.limit_in_bytes")).flatMap(parseLimit)
            memory.maximum = number("\(path)/memory.max_usage_in_bytes")
            let values = parseKeyed((try? tree.read("\(path)/memory.stat")) ?? "")
            memory.cache = values["total_cache"] ?? 0
            memory.inactiveFile = values["total_inactive_file"] ?? 0
            memory.swap = values["total_swap"]
        case .v2:
            guard let usage = number("\(path)/memory.current") else { return nil }
            memory.usage = usage
            memory.limit = (try? tree.read("\(path)/memory.max")).flatMap(parseLimit)
            memory.maximum = number("\(path)/memory.peak")
            let values = parseKeyed((try? tree.read("\(path)/memory.stat")) ?? "")
            memory.cache = values["file"] ?? 0
            memory.inactiveFile = values["inactive_file"] ?? 0
            memory.swap = number("\(path)/memory.swap.current")
            memory.oom = parseKeyed((try? tree.read("\(path)/memory.events")) ?? "")["oom"]
        }
        memory.oomKill = oomKillCount() ?? 0
        return memory
    }

    private func pidsStats(_ home: String) throws(ApusError) -> CgroupStats.Pids {
        let path = directory(of: .pids)?.path
        guard let path, let current = number("\(path)/pids.current") else {
            return CgroupStats.Pids(current: UInt64(try tree.numbers(in: record.unified == nil ? "tasks" : "cgroup.threads", of: home).count))
        }
        return CgroupStats.Pids(current: current, limit: (try? tree.read("\(path)/pids.max")).flatMap(parseLimit))
    }

    private func ioStats() -> [CgroupStats.BlockDevice]? {
        guard let (path, version) = directory(of: .io) else { return nil }
        switch version {
        case .v1:
            // The recursive files count cgroups below too; the plain ones are what older kernels have.
            let names = ["io_service_bytes", "io_serviced"].map { "\(path)/blkio.throttle.\($0)" }
            let texts = names.map { name in (try? tree.read("\(name)_recursive")) ?? (try? tree.read(name)) ?? "" }
            return parseBlkio(bytes: texts[0], operations: texts[1])
        case .v2: return (try? tree.read("\(path)/io.stat")).map(parseIOStat)
        }
    }

    private func pressure(_ path: String) -> CgroupStats.PressureFile? { (try? tree.read(path)).map(parsePressure) }

    private func nanoseconds(_ microseconds: UInt64?) -> UInt64 {
        (microseconds ?? 0).multipliedReportingOverflow(by: 1000).partialValue
    }
}
