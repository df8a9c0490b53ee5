public import LinuxSystem

extension Cgroup {
    /// Reads the numbers of `events --stats`.
    ///
    /// - Throws: `ApusError` when the cgroup is gone; single files that a kernel lacks leave their numbers out.
    public func runtimeStats() throws(ApusError) -> RuntimeStats {
        let general = try stats()
        var stats = RuntimeStats()
        stats.cpu = cpu(general.cpu)
        stats.cpu.psi = general.pressure.cpu.map(RuntimeStats.Pressure.init)
        if let path = record.legacy[.cpuset] { stats.cpuset = cpuset(path) }
        if let (path, version) = directory(of: .memory) { stats.memory = version == .v1 ? legacyMemory(path) : unifiedMemory(path) }
        stats.memory.psi = general.pressure.memory.map(RuntimeStats.Pressure.init)
        stats.pids = RuntimeStats.Pids(current: nonzero(general.pids.current), limit: general.pids.limit)
        if let (path, version) = directory(of: .io) { stats.blkio = version == .v1 ? legacyBlockIO(path) : unifiedBlockIO(path) }
        stats.blkio.psi = general.pressure.io.map(RuntimeStats.Pressure.init)
        if let (path, version) = directory(of: .hugetlb) { stats.hugetlb = hugetlb(path, version) }
        if let (path, _) = directory(of: .rdma) { stats.rdma = rdma(path) }
        return stats
    }

    func text(_ path: String) -> String? { try? tree.read(path) }
    func number(_ path: String) -> UInt64? { text(path).flatMap { UInt64($0) } }
    func nonzero(_ value: UInt64?) -> UInt64? { value == 0 ? nil : value }

    private func cpu(_ general: CgroupStats.CPU) -> RuntimeStats.CPU {
        var cpu = RuntimeStats.CPU()
        cpu.usage.total = nonzero(general.usage)
        cpu.usage.user = general.user
        cpu.usage.kernel = general.system
        if let path = record.legacy[.cpuacct] {
            cpu.usage.percpu = text("\(path)/cpuacct.usage_percpu").map { $0.split(separator: " ").compactMap { UInt64($0) } }
            // `cpu user system`, a line of names and one a processor.
            let rows = text("\(path)/cpuacct.usage_all").map {
                $0.split(separator: "\n").dropFirst().map { $0.split(separator: " ").compactMap { UInt64($0) } }
            }
            cpu.usage.percpuUser = rows.map { $0.filter { $0.count == 3 }.map { $0[1] } }
            cpu.usage.percpuKernel = rows.map { $0.filter { $0.count == 3 }.map { $0[2] } }
        }
        if let throttling = general.throttling {
            cpu.throttling.periods = nonzero(throttling.periods)
            cpu.throttling.throttledPeriods = nonzero(throttling.throttledPeriods)
            cpu.throttling.throttledTime = nonzero(throttling.throttledTime)
        }
        if record.legacy[.cpu] == nil, let path = record.unified, let values = text("\(path)/cpu.stat").map(parseKeyed), values["nr_bursts"] != nil {
            let time = values["burst_usec"]?.multipliedReportingOverflow(by: 1000).partialValue
            cpu.burst = RuntimeStats.CPU.Burst(burstsPeriods: nonzero(values["nr_bursts"]), burstTime: nonzero(time))
        }
        return cpu
    }

    private func cpuset(_ path: String) -> RuntimeStats.CPUSet {
        func value(_ file: String) -> UInt64 { number("\(path)/cpuset.\(file)") ?? 0 }
        func list(_ file: String) -> [UInt16]? { text("\(path)/cpuset.\(file)").map(parseNumberList).flatMap { $0.isEmpty ? nil : $0 } }
        return RuntimeStats.CPUSet(
            cpus: list("cpus"), cpuExclusive: value("cpu_exclusive"), mems: list("mems"), memHardwall: value("mem_hardwall"),
            memExclusive: value("mem_exclusive"), memoryMigrate: value("memory_migrate"), memorySpreadPage: value("memory_spread_page"),
            memorySpreadSlab: value("memory_spread_slab"), memoryPressure: value("memory_pressure"), schedLoadBalance: value("sched_load_balance"),
            schedRelaxDomainLevel: text("\(path)/cpuset.sched_relax_domain_level").flatMap { Int64($0) } ?? 0)
    }

    private func hugetlb(_ path: String, _ version: CgroupVersion) -> [String: RuntimeStats.Hugetlb] {
        var found = [String: RuntimeStats.Hugetlb]()
        for size in tree.pageSizes() {
            let file = "\(path)/hugetlb.\(size)"
            switch version {
            case .v1:
                guard let usage = number("\(file).usage_in_bytes") else { continue }
                found[size] = RuntimeStats.Hugetlb(
                    usage: nonzero(usage), max: nonzero(number("\(file).max_usage_in_bytes")), failcnt: number("\(file).failcnt") ?? 0)
            case .v2:
                guard let usage = number("\(file).current") else { continue }
                found[size] = RuntimeStats.Hugetlb(usage: nonzero(usage), failcnt: parseKeyed(text("\(file).events") ?? "")["max"] ?? 0)
            }
        }
        return found
    }

    private func rdma(_ path: String) -> [String: RuntimeStats.RDMA]? {
        guard let text = text("\(path)/rdma.current") else { return nil }
        let devices = parseRDMA(text)
        return devices.isEmpty ? nil : devices
    }
}

extension RuntimeStats.Pressure {
    init(_ file: CgroupStats.PressureFile) {
        func line(_ line: CgroupStats.PressureLine) -> Line {
            Line(avg10: line.average10, avg60: line.average60, avg300: line.average300, total: line.total)
        }
        self.init(some: line(file.some), full: line(file.full))
    }
}
