import FoundationEssentials
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

/// The document of `events --stats`.
@Suite struct RuntimeStatsTests {
    private func document(_ stats: RuntimeStats) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try String(decoding: encoder.encode(stats), as: UTF8.self)
    }

    @Test func nothingCounted() throws {
        let zeros = #"{"failcnt":0,"limit":0}"#
        let cpuset =
            #"{"cpu_exclusive":0,"mem_exclusive":0,"mem_hardwall":0,"memory_migrate":0,"memory_pressure":0,"memory_spread_page":0,"memory_spread_slab":0,"sched_load_balance":0,"sched_relax_domain_level":0}"#
        #expect(
            try document(RuntimeStats())
                == #"{"blkio":{},"cpu":{"throttling":{},"usage":{"kernel":0,"user":0}},"cpuset":\#(cpuset),"hugetlb":{},"intel_rdt":{},"memory":{"kernel":\#(zeros),"kernelTCP":\#(zeros),"swap":\#(zeros),"usage":\#(zeros)},"network_interfaces":[],"pids":{}}"#
        )
    }

    @Test func v2() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create(CgroupsPathTests.path("/box"), resources: nil, on: host, tree: tree)
        for (file, text) in [
            ("cpu.stat", "usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_periods 5\nnr_throttled 2\nthrottled_usec 9\nnr_bursts 1\nburst_usec 6"),
            ("memory.current", "100"), ("memory.max", "200"), ("memory.peak", "150"), ("memory.stat", "anon 1\nfile 60\ninactive_file 20"),
            ("memory.swap.current", "8"), ("memory.swap.max", "30"), ("memory.events", "low 0\nmax 4\noom 3\noom_kill 2"), ("pids.current", "6"),
            ("pids.max", "max"), ("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=0 dbytes=5 dios=6\nbad\n259:1 rbytes=7 cost.usage=9"),
            ("hugetlb.2MB.current", "4"), ("hugetlb.2MB.events", "max 3"), ("rdma.current", "mlx5_0 hca_handle=2 hca_object=0\n"),
            ("memory.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3"),
        ] { tree.set("/c/box/\(file)", text) }
        let stats = try cgroup.runtimeStats()
        #expect(stats.cpu.usage == .init(total: 7000, kernel: 3000, user: 4000))
        #expect(stats.cpu.throttling == .init(periods: 5, throttledPeriods: 2, throttledTime: 9000))
        #expect(stats.cpu.burst == .init(burstsPeriods: 1, burstTime: 6000))
        #expect(stats.memory.usage == .init(limit: 200, usage: 100, max: 150, failcnt: 4))
        #expect(stats.memory.swap == .init(limit: 230, usage: 108))
        #expect(stats.memory.cache == 60 && stats.memory.raw == ["anon": 1, "file": 60, "inactive_file": 20])
        #expect(stats.memory.psi == .init(some: .init(avg10: 1.5, avg60: 0.25, avg300: 0, total: 12), full: .init(total: 3)))
        #expect(stats.pids == .init(current: 6, limit: nil))
        #expect(
            stats.blkio.serviceBytes == [
                .init(major: 8, op: "Read", value: 1), .init(major: 8, op: "Write", value: 2), .init(major: 8, op: "Discard", value: 5),
                .init(major: 259, minor: 1, op: "Read", value: 7),
            ])
        #expect(
            stats.blkio.serviced == [
                .init(major: 8, op: "Read", value: 3), .init(major: 8, op: "Write"), .init(major: 8, op: "Discard", value: 6),
            ])
        #expect(stats.hugetlb == ["2MB": .init(usage: 4, failcnt: 3)])
        #expect(stats.rdma == ["mlx5_0": .init(hcaHandles: 2, hcaObjects: 0)])
        #expect(try JSONDecoder().decode(RuntimeStats.self, from: JSONEncoder().encode(stats)) == stats)
        tree.set("/c/box/memory.max", "max")
        #expect(try cgroup.runtimeStats().memory.usage.limit == .max && cgroup.runtimeStats().memory.swap.limit == .max)
    }

    @Test func v1() throws {
        let (host, tree) = Fake.legacy()
        let cgroup = try Cgroup.create(CgroupsPathTests.path("/box"), resources: nil, on: host, tree: tree)
        for (file, text) in [
            ("cpuacct/box/cpuacct.usage", "70"), ("cpuacct/box/cpuacct.usage_user", "40"), ("cpuacct/box/cpuacct.usage_sys", "30"),
            ("cpuacct/box/cpuacct.usage_percpu", "30 40"), ("cpuacct/box/cpuacct.usage_all", "cpu user system\n0 10 20\n1 30 10"),
            ("cpu/box/cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 9"), ("cpuset/box/cpuset.cpus", "0-2,7"), ("cpuset/box/cpuset.mems", "0"),
            ("cpuset/box/cpuset.memory_migrate", "1"), ("cpuset/box/cpuset.sched_relax_domain_level", "-1"),
            ("memory/box/memory.usage_in_bytes", "100"), ("memory/box/memory.max_usage_in_bytes", "150"), ("memory/box/memory.failcnt", "3"),
            ("memory/box/memory.memsw.usage_in_bytes", "110"), ("memory/box/memory.kmem.usage_in_bytes", "9"), ("memory/box/memory.kmem.tcp.failcnt", "1"),
            ("memory/box/memory.stat", "cache 1\ntotal_cache 60"), ("memory/box/memory.limit_in_bytes", "9223372036854771712"),
            ("blkio/box/blkio.throttle.io_service_bytes_recursive", "8:0 Read 1\n8:0 Write 2\nTotal 3"),
            ("blkio/box/blkio.throttle.io_serviced_recursive", "8:0 Read 3"), ("hugetlb/box/hugetlb.2MB.usage_in_bytes", "0"),
            ("hugetlb/box/hugetlb.2MB.max_usage_in_bytes", "5"), ("hugetlb/box/hugetlb.2MB.failcnt", "6"), ("pids/box/pids.current", "2"),
            ("pids/box/pids.max", "9"),
        ] { tree.set("/c/\(file)", text) }
        let stats = try cgroup.runtimeStats()
        #expect(stats.cpu.usage == .init(total: 70, percpu: [30, 40], percpuKernel: [20, 10], percpuUser: [10, 30], kernel: 30, user: 40))
        #expect(stats.cpu.throttling == .init(periods: 5, throttledPeriods: 2, throttledTime: 9) && stats.cpu.psi == nil)
        #expect(stats.cpuset == .init(cpus: [0, 1, 2, 7], mems: [0], memoryMigrate: 1, schedRelaxDomainLevel: -1))
        #expect(stats.memory.usage == .init(limit: 9_223_372_036_854_771_712, usage: 100, max: 150, failcnt: 3))
        #expect(stats.memory.swap == .init(limit: 9_223_372_036_854_771_712, usage: 110) && stats.memory.kernel == .init(usage: 9))
        #expect(stats.memory.kernelTCP.failcnt == 1 && stats.memory.cache == 1 && stats.memory.raw?["total_cache"] == 60)
        #expect(stats.pids == .init(current: 2, limit: 9))
        #expect(stats.blkio.serviceBytes == [.init(major: 8, op: "Read", value: 1), .init(major: 8, op: "Write", value: 2)])
        #expect(stats.blkio.serviced == [.init(major: 8, op: "Read", value: 3)])
        #expect(stats.hugetlb == ["2MB": .init(max: 5, failcnt: 6)] && stats.rdma == nil)
        // A scheduler that counts has more tables.
        tree.set("/c/blkio/box/blkio.bfq.io_serviced_recursive", "8:0 Total 5")
        tree.set("/c/blkio/box/blkio.bfq.sectors_recursive", "8:0 77")
        let bfq = try cgroup.runtimeStats().blkio
        #expect(bfq.serviced == [.init(major: 8, op: "Total", value: 5)] && bfq.sectors == [.init(major: 8, value: 77)] && bfq.serviceBytes == nil)
    }

    @Test func damagedTablesAreReadAsFarAsTheyGo() {
        #expect(parseNumberList("0-2,x,5,9-3,1-2-3,70000") == [0, 1, 2, 5])
        #expect(parseBlkioTable("8:0\n8 Read 1\nTotal 4\n8:1 Read x\n8:1 2") == [.init(major: 8, minor: 1, value: 2)])
        #expect(parseRDMA("a hca_handle=max hca_object=1\n\n") == ["a": .init(hcaObjects: 1)])
        #expect(parseIOTables("8:0 rbytes= =1 xbytes=2 rios=3").operations == [.init(major: 8, op: "Read", value: 3)])
    }
}
