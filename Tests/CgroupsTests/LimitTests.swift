import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

@Suite struct LimitTests {
    /// `file = value` of each write, for a host where every controller has that version.
    private func writes(_ version: CgroupVersion, _ resources: LinuxResources, live: [String: String]? = nil) throws -> [String] {
        let legacyOnly: [CgroupController] = [.netClass, .netPriority]
        var context = LimitContext { controller, field throws(ApusError) in
            if version == .v2 && legacyOnly.contains(controller) { throw ApusError(.notSupported, "no \(field)") }
            return version
        }
        if let live { (context.isLive, context.current) = (true, { _, file in live[file] }) }
        return try compile(resources, context).map { "\($0.file) = \($0.value)" }
    }

    private func message(_ version: CgroupVersion, _ resources: LinuxResources) -> String? {
        do { _ = try writes(version, resources) } catch { return "\(error)" }
        return nil
    }

    @Test func nothingAskedNothingWritten() throws {
        let zeros = LinuxResources(
            devices: [], memory: LinuxMemory(limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, disableOOMKiller: false, useHierarchy: true),
            cpu: LinuxCPU(shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: ""),
            blockIO: LinuxBlockIO(weight: 0, leafWeight: 0), hugepageLimits: [], network: LinuxNetwork(classID: 0, priorities: []), rdma: [:], unified: [:])
        for version in [CgroupVersion.v1, .v2] {
            #expect(try writes(version, zeros) == [])
            #expect(try writes(version, LinuxResources()) == [])
        }
    }

    @Test func memoryOfV2() throws {
        func memory(_ memory: LinuxMemory, live: [String: String]? = nil) throws -> [String] { try writes(.v2, LinuxResources(memory: memory), live: live) }
        #expect(try memory(LinuxMemory(limit: 100, reservation: 50, swap: 100)) == ["memory.swap.max = 0", "memory.max = 100", "memory.low = 50"])
        #expect(try memory(LinuxMemory(limit: -1, reservation: -1, swap: -1)) == ["memory.swap.max = max", "memory.max = max", "memory.low = max"])
        // Lifted memory lifts both together; next to it swap is what was given.
        #expect(try memory(LinuxMemory(limit: -1)) == ["memory.swap.max = max", "memory.max = max"])
        #expect(try memory(LinuxMemory(limit: -1, swap: 5)) == ["memory.swap.max = 5", "memory.max = max"])
        #expect(try memory(LinuxMemory(swap: 30), live: ["memory.max": "10"]) == ["memory.swap.max = 20"])
        #expect(
            message(.v2, LinuxResources(memory: LinuxMemory(swap: 30)))
                == "unable to set swap limit without memory limit: memory.swap (30) is memory and swap together")
        #expect(
            message(.v2, LinuxResources(memory: LinuxMemory(limit: 31, swap: 30)))
                == "memory+swap limit should be >= memory limit: memory.swap (30) is both together, memory.limit is 31")
        #expect(message(.v2, LinuxResources(memory: LinuxMemory(swappiness: 3))) == "cannot set memory.swappiness: cgroup v2 has no such limit")
        #expect(message(.v2, LinuxResources(memory: LinuxMemory(disableOOMKiller: true))) == "cannot set memory.disableOOMKiller: cgroup v2 has no such limit")
        // An engine's -1 as an unsigned number.
        #expect(try memory(LinuxMemory(limit: 5, swappiness: .max)) == ["memory.max = 5"])
        #expect(message(.v1, LinuxResources(memory: LinuxMemory(swappiness: 101))) == "invalid memory swappiness value: 101 (valid range is 0-100)")
    }

    @Test func deprecatedFieldsSetNothingAndSayWhy() throws {
        let limits = LinuxResources(memory: LinuxMemory(kernel: 1, kernelTCP: 1))
        #expect(try writes(.v2, limits) == [])
        #expect(try writes(.v1, limits) == ["memory.kmem.tcp.limit_in_bytes = 1"])
        let kernel = "kernel memory settings are ignored: memory.kernel is part of memory.limit since Linux 5.16"
        #expect(limits.passedOver(on: Fake.legacy().0) == [kernel])
        #expect(limits.passedOver(on: Fake.unified().0) == [kernel, "kernel memory settings are ignored: cgroup v2 has no memory.kernelTCP"])
        #expect(LinuxResources(memory: LinuxMemory(limit: 5)).passedOver(on: Fake.unified().0) == [])
    }

    @Test func swapThatNobodyCounts() throws {
        // "max" and "0" are in force where there is no swap; a number is not.
        for (swap, isRefused) in [(-1, false), (100, false), (150, true)] as [(Int64, Bool)] {
            let (host, tree) = Fake.unified()
            tree.set("/c/a/cgroup.subtree_control", "")
            tree.set("/c/a/box/memory.max", "max")
            for file in Fake.v2Files.keys where file != "memory.swap.max" { tree.set("/c/a/box/\(file)", Fake.v2Files[file]) }
            let limits = LinuxResources(memory: LinuxMemory(limit: 100, swap: swap))
            let refused = (try? Cgroup.create(CgroupsPathTests.path("/a/box"), resources: limits, on: host, tree: tree)) == nil
            #expect(refused == isRefused)
        }
    }

    @Test func memoryOfV1KeepsTheSumAboveTheLimit() throws {
        func order(_ memory: LinuxMemory, _ live: [String: String]? = nil) throws -> [String] { try writes(.v1, LinuxResources(memory: memory), live: live) }
        let down = ["memory.limit_in_bytes = 10", "memory.memsw.limit_in_bytes = 20"]
        #expect(try order(LinuxMemory(limit: 10, swap: 20)) == down)
        #expect(try order(LinuxMemory(limit: 10, swap: 20), ["memory.memsw.limit_in_bytes": "15"]) == down)
        #expect(try order(LinuxMemory(limit: 10, swap: 20), ["memory.memsw.limit_in_bytes": "9"]) == down.reversed())
        #expect(
            try order(LinuxMemory(limit: -1, swap: -1), ["memory.memsw.limit_in_bytes": "9"]) == [
                "memory.memsw.limit_in_bytes = -1", "memory.limit_in_bytes = -1",
            ])
        #expect(
            try order(LinuxMemory(reservation: 5, kernelTCP: 6, swappiness: 0, disableOOMKiller: true)) == [
                "memory.soft_limit_in_bytes = 5", "memory.kmem.tcp.limit_in_bytes = 6", "memory.swappiness = 0", "memory.oom_control = 1",
            ])
        #expect(try order(LinuxMemory(disableOOMKiller: false), [:]) == ["memory.oom_control = 0"])
    }

    @Test func cpuOfV2() throws {
        func cpu(_ cpu: LinuxCPU, live: [String: String]? = nil) throws -> [String] { try writes(.v2, LinuxResources(cpu: cpu), live: live) }
        #expect(try cpu(LinuxCPU(shares: 1024, quota: 5, burst: 2, period: 9)) == ["cpu.weight = 100", "cpu.max.burst = 2", "cpu.max = 5 9"])
        #expect(try cpu(LinuxCPU(quota: -1)) == ["cpu.max = max"])
        #expect(try cpu(LinuxCPU(period: 9)) == ["cpu.max = max 9"])
        #expect(try cpu(LinuxCPU(period: 9), live: ["cpu.max": "7 100000"]) == ["cpu.max = 7 9"])
        #expect(try cpu(LinuxCPU(quota: 5, burst: 2), live: [:]) == ["cpu.max = max", "cpu.max.burst = 2", "cpu.max = 5"])
        #expect(try cpu(LinuxCPU(shares: 5, idle: 1)) == ["cpu.idle = 1"])
        #expect(try cpu(LinuxCPU(cpus: "0-3", mems: "0")) == ["cpuset.cpus = 0-3", "cpuset.mems = 0"])
        #expect(message(.v2, LinuxResources(cpu: LinuxCPU(realtimeRuntime: 1))) == "cannot set cpu.realtimeRuntime: cgroup v2 has no such limit")
        // The values that runc's own tests have.
        #expect(
            [0, 2, 3, 100, 256, 1024, 3333, 262_143, 262_144, .max].map { LinuxCPU.weight(ofShares: $0) } == [1, 1, 2, 17, 35, 100, 256, 10000, 10000, 10000])
    }

    @Test func cpuOfV1() throws {
        #expect(
            try writes(.v1, LinuxResources(cpu: LinuxCPU(shares: 3, quota: 5, burst: 2, period: 9, realtimeRuntime: 1, realtimePeriod: 2, idle: 0))) == [
                "cpu.idle = 0", "cpu.shares = 3", "cpu.cfs_burst_us = 2", "cpu.cfs_period_us = 9", "cpu.cfs_quota_us = 5", "cpu.rt_period_us = 2",
                "cpu.rt_runtime_us = 1",
            ])
        #expect(
            try writes(.v1, LinuxResources(cpu: LinuxCPU(quota: 5, period: 9)), live: [:]) == [
                "cpu.cfs_quota_us = -1", "cpu.cfs_period_us = 9", "cpu.cfs_quota_us = 5",
            ])
    }

    @Test func sharesOfV1HaveBounds() {
        func shares(_ shares: UInt64, idle: Int64? = nil) -> String? { message(.v1, LinuxResources(cpu: LinuxCPU(shares: shares, idle: idle))) }
        #expect(shares(1) == "the minimum allowed cpu-shares is 2" && shares(262_145) == "the maximum allowed cpu-shares is 262144")
        #expect(shares(2) == nil && shares(262_144) == nil && shares(1, idle: 1) == nil)
    }

    @Test func realtimeNeverRunsLongerThanItsPeriod() throws {
        let times = LinuxResources(cpu: LinuxCPU(realtimeRuntime: 5, realtimePeriod: 10))
        let period = "cpu.rt_period_us = 10"
        #expect(try writes(.v1, times, live: ["cpu.rt_runtime_us": "10"]) == [period, "cpu.rt_runtime_us = 5"])
        #expect(try writes(.v1, times, live: ["cpu.rt_runtime_us": "11"]) == ["cpu.rt_runtime_us = 5", period])
    }

    @Test func tasks() throws {
        func value(_ limit: Int64?) throws -> [String] { try writes(.v2, LinuxResources(pids: LinuxPids(limit: limit))) }
        #expect(try value(nil) == [] && value(0) == ["pids.max = 1"] && value(7) == ["pids.max = 7"] && value(-1) == ["pids.max = max"])
    }

    @Test func blockDevices() throws {
        let limits = LinuxResources(
            blockIO: LinuxBlockIO(
                weight: 1000, weightDevice: [LinuxWeightDevice(major: 8, minor: 0, weight: 10)],
                throttleReadBpsDevice: [LinuxThrottleDevice(major: 8, minor: 16, rate: 5)],
                throttleWriteIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 16, rate: 0)]))
        #expect(
            try writes(.v2, limits) == ["io.bfq.weight = 1000", "io.bfq.weight = 8:0 10", "io.max = 8:16 rbps=5", "io.max = 8:16 wiops=max"])
        #expect(
            try writes(.v1, limits) == [
                "blkio.bfq.weight = 1000", "blkio.bfq.weight_device = 8:0 10", "blkio.throttle.read_bps_device = 8:16 5",
                "blkio.throttle.write_iops_device = 8:16 0",
            ])
        #expect([10, 500, 1000].map { LinuxBlockIO.costWeight($0) } == [1, 4950, 10000])
        #expect(
            message(.v1, LinuxResources(blockIO: LinuxBlockIO(leafWeight: 5)))
                == "cannot set blockIO.leafWeight: Linux 5.0 removed the CFQ scheduler that had it")
        // Without BFQ the cost model's file has the task.
        let (host, tree) = Fake.unified()
        _ = try Cgroup.create("box", in: .own("a"), resources: LinuxResources(blockIO: LinuxBlockIO(weight: 500)), on: host, tree: tree)
        #expect(tree.log.last == "/c/a/box/io.weight = default 4950")
    }

    @Test func theOthers() throws {
        let limits = LinuxResources(
            pids: LinuxPids(limit: -1), hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 4)],
            rdma: ["mlx": LinuxRdma(hcaHandles: 1, hcaObjects: 2), "none": LinuxRdma()])
        #expect(
            try writes(.v2, limits) == ["pids.max = max", "hugetlb.2MB.rsvd.max = 4", "hugetlb.2MB.max = 4", "rdma.max = mlx hca_handle=1 hca_object=2"])
        #expect(
            try writes(.v1, limits) == [
                "pids.max = max", "hugetlb.2MB.rsvd.limit_in_bytes = 4", "hugetlb.2MB.limit_in_bytes = 4", "rdma.max = mlx hca_handle=1 hca_object=2",
            ])
        let network = LinuxResources(network: LinuxNetwork(classID: 7, priorities: [LinuxInterfacePriority(name: "eth0", priority: 3)]))
        #expect(try writes(.v1, network) == ["net_cls.classid = 7", "net_prio.ifpriomap = eth0 3"])
        #expect(message(.v2, network) == "no network.classID")
    }

    @Test func aPageSizeNamesNoOtherFile() {
        let limits = LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "x/../../memory", limit: 1)])
        #expect(message(.v2, limits) == "cannot set hugepageLimits[x/../../memory]: no page size has such a name")
    }

    @Test func filesOfV2ByName() throws {
        #expect(
            try writes(.v2, LinuxResources(unified: ["memory.high": "9", "cgroup.max.depth": "2", "dmem.max": "3"])) == [
                "cgroup.max.depth = 2", "dmem.max = 3", "memory.high = 9",
            ])
        #expect(try writes(.v2, LinuxResources(unified: ["io.max": "8:0 rbps=1\n8:16 rbps=2\n"])) == ["io.max = 8:0 rbps=1", "io.max = 8:16 rbps=2"])
        for (file, sentence) in [
            ("cgroup.procs", "cannot set unified[cgroup.procs]: it is no limit, and Apus itself uses it"),
            ("../x.y", "cannot set unified[../x.y]: no file of cgroup v2 has such a name"),
            ("memory", "cannot set unified[memory]: no file of cgroup v2 has such a name"),
        ] {
            #expect(message(.v2, LinuxResources(unified: [file: "1"])) == sentence)
        }
        #expect(
            message(.v1, LinuxResources(unified: ["memory.high": "9"]))
                == "invalid configuration: cannot set unified[memory.high]: controller \"memory\" is bound to cgroup v1 on this host")
    }

    @Test func unlimitedNumbersNeverTrap() throws {
        let extreme = LinuxResources(
            memory: LinuxMemory(limit: .max, reservation: .min, swap: .max), cpu: LinuxCPU(shares: 5, quota: .min, burst: .max, period: .max, idle: .min),
            pids: LinuxPids(limit: .min), hugepageLimits: [LinuxHugepageLimit(pageSize: "", limit: .max)])
        for version in [CgroupVersion.v1, .v2] { #expect(throws: Never.self) { try writes(version, extreme, live: [:]) } }
        #expect(try writes(.v2, LinuxResources(cpu: LinuxCPU(shares: .max))) == ["cpu.weight = 10000"])
    }
}
