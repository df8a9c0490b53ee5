import FoundationEssentials
import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

@Suite struct LifeTests {
    @Test func statsOfV2() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        for (file, text) in [
            ("cpu.stat", "usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_periods 5\nnr_throttled 2\nthrottled_usec 9"), ("memory.current", "100"),
            ("memory.max", "200"), ("memory.peak", "150"), ("memory.stat", "anon 1\nfile 60\ninactive_file 20"), ("memory.swap.current", "8"),
            ("memory.events", "low 0\nmax 4\noom 3\noom_kill 2"), ("pids.current", "6"), ("pids.max", "max"),
            ("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\nbad\n8:16 rbytes=5"),
            ("cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3"),
        ] { tree.set("/c/a/box/\(file)", text) }
        var expected = CgroupStats()
        expected.cpu = .init(usage: 7000, user: 4000, system: 3000, throttling: .init(periods: 5, throttledPeriods: 2, throttledTime: 9000))
        expected.memory = .init(usage: 100, limit: 200, maximum: 150, cache: 60, inactiveFile: 20, swap: 8, oom: 3, oomKill: 2)
        expected.pids = .init(current: 6, limit: nil)
        expected.io = [.init(major: 8, minor: 0, readBytes: 1, writtenBytes: 2, reads: 3, writes: 4), .init(major: 8, minor: 16, readBytes: 5)]
        expected.pressure.cpu = .init(
            some: .init(average10: 1.5, average60: 0.25, average300: 0, total: 12), full: .init(average10: 0, average60: 0, average300: 0, total: 3))
        #expect(try cgroup.stats() == expected)
        #expect(cgroup.oomKillCount() == 2)
        try cgroup.remove()
        #expect(throws: ApusError.self) { try cgroup.stats() }
    }

    @Test func statsOfV1() throws {
        let (host, tree) = Fake.legacy()
        let cgroup = try Cgroup.create(
            "box", in: .own("a"), resources: LinuxResources(cpu: LinuxCPU(quota: 5)), accounting: [.memory, .io], on: host, tree: tree)
        for (file, text) in [
            ("cpuacct/a/box/cpuacct.usage", "70"), ("cpuacct/a/box/cpuacct.usage_user", "40"), ("cpuacct/a/box/cpuacct.usage_sys", "30"),
            ("cpu/a/box/cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 9"), ("memory/deep/a/box/memory.usage_in_bytes", "100"),
            ("memory/deep/a/box/memory.max_usage_in_bytes", "150"),
            ("memory/deep/a/box/memory.stat", "cache 1\ntotal_cache 60\ntotal_inactive_file 20\ntotal_swap 8"),
            ("memory/deep/a/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2"), ("freezer/a/box/tasks", "4\n5\n6"),
            ("blkio/a/box/blkio.throttle.io_service_bytes", "8:0 Read 1\n8:0 Write 2\n8:0 Sync 9\nTotal 3"),
            ("blkio/a/box/blkio.throttle.io_serviced", "8:0 Read 3\n8:0 Write 4"),
        ] { tree.set("/c/\(file)", text) }
        var expected = CgroupStats()
        expected.cpu = .init(usage: 70, user: 40, system: 30, throttling: .init(periods: 5, throttledPeriods: 2, throttledTime: 9))
        expected.memory = .init(usage: 100, limit: nil, maximum: 150, cache: 60, inactiveFile: 20, swap: 8, oom: nil, oomKill: 2)
        expected.pids = .init(current: 3, limit: nil)
        expected.io = [.init(major: 8, minor: 0, readBytes: 1, writtenBytes: 2, reads: 3, writes: 4)]
        #expect(try cgroup.stats() == expected)
    }

    @Test func updateMakesWhatIsMissingAndMovesProcesses() throws {
        let (host, tree) = Fake.hybrid()
        var cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        tree.set("/c/unified/a/box/cgroup.procs", "41\n42")
        tree.clearLog()
        try cgroup.update(LinuxResources(cpu: LinuxCPU(shares: 2)), on: host)
        #expect(
            tree.log == [
                "mkdir /c/cpu/a", "mkdir /c/cpu/a/box", "/c/cpu/a/box/cgroup.procs = 41", "/c/cpu/a/box/cgroup.procs = 42", "/c/cpu/a/box/cpu.shares = 2",
            ])
        #expect(cgroup.record.legacy[.cpu] == "/c/cpu/a/box")
    }

    @Test func updateChecksBeforeItLowers() throws {
        let (host, tree) = Fake.unified()
        var cgroup = try Cgroup.create("box", in: .own("a"), resources: LinuxResources(memory: LinuxMemory(limit: 100)), on: host, tree: tree)
        tree.set("/c/a/box/memory.current", "50")
        for (limits, sentence) in [
            (LinuxMemory(limit: 50, checkBeforeUpdate: true), "rejecting memory limit 50 <= usage 50: memory.checkBeforeUpdate asks for that"),
            (LinuxMemory(limit: 40, swap: 50, checkBeforeUpdate: true), "rejecting memory+swap limit 50 <= usage 50: memory.checkBeforeUpdate asks for that"),
        ] {
            #expect(throws: ApusError(.conflict, sentence)) { try cgroup.update(LinuxResources(memory: limits), on: host) }
        }
        try cgroup.update(LinuxResources(memory: LinuxMemory(limit: 51, checkBeforeUpdate: true)), on: host)
        #expect(tree.file("/c/a/box/memory.max") == "51")
    }

    @Test func aLimitBelowUsageIsToldInTheWordsThatEnginesKnow() throws {
        let (host, tree) = Fake.legacy()
        var cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        let folder = "/c/memory/deep/a/box"
        tree.fail("\(folder)/memory.limit_in_bytes", with: EBUSY)
        tree.set("\(folder)/memory.usage_in_bytes", "70")
        tree.set("\(folder)/memory.max_usage_in_bytes", "90")
        #expect(throws: ApusError(errno: EBUSY, "unable to set memory limit to 5 (current usage: 70, peak usage: 90)")) {
            try cgroup.update(LinuxResources(memory: LinuxMemory(limit: 5)), on: host)
        }
    }

    @Test func freezeWaitsAndGivesUp() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        tree.clearLog()
        try cgroup.freeze()
        try cgroup.thaw()
        #expect(tree.log == ["/c/a/box/cgroup.freeze = 1", "/c/a/box/cgroup.freeze = 0"])
        tree.set("/c/a/box/cgroup.events", "populated 1\nfrozen 0")
        #expect(throws: ApusError(.system, "cannot freeze cgroup /c/a/box: its processes did not stop within 0.01 s")) { try cgroup.freeze(within: 0.01) }
        #expect(tree.file("/c/a/box/cgroup.freeze") == "0")
    }

    @Test func whoeverFrozeIt() throws {
        let (host, tree) = Fake.hybrid()
        let cgroup = try Cgroup.create(CgroupsPathTests.path("/box"), resources: nil, on: host, tree: tree)
        tree.set("/c/unified/box/cgroup.events", "populated 1\nfrozen 0")
        tree.set("/c/freezer/box/freezer.state", "THAWED")
        tree.clearLog()
        #expect(try !cgroup.isFrozen())
        try cgroup.thaw()
        #expect(tree.log == ["/c/unified/box/cgroup.freeze = 0"])
        // By the v1 controller, as another program does it.
        tree.set("/c/freezer/box/freezer.state", "FROZEN")
        tree.set("/c/freezer/box/x/freezer.state", "FROZEN")
        #expect(try cgroup.isFrozen())
        tree.clearLog()
        try cgroup.thaw()
        #expect(tree.log == ["/c/unified/box/cgroup.freeze = 0", "/c/freezer/box/freezer.state = THAWED"])
        // What is to die must run, below too.
        tree.set("/c/freezer/box/freezer.state", "FROZEN")
        tree.clearLog()
        try cgroup.kill()
        #expect(tree.log == ["/c/unified/box/cgroup.kill = 1", "/c/freezer/box/freezer.state = THAWED", "/c/freezer/box/x/freezer.state = THAWED"])
    }

    @Test func aStubbornLegacyFreezerIsToldAgain() throws {
        let (host, tree) = Fake.legacy()
        let cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        tree.fail("/c/freezer/a/box/freezer.state", with: 0)
        tree.set("/c/freezer/a/box/freezer.state", "FREEZING")
        #expect(throws: ApusError.self) { try cgroup.freeze(within: 0.5) }
        let written = tree.log.filter { $0.contains("freezer.state") }
        #expect(written.count { $0.hasSuffix("FROZEN") } > 5 && written.last?.hasSuffix("THAWED") == true, "\(written)")
    }

    @Test func killUsesOneWrite() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        tree.clearLog()
        try cgroup.kill()
        #expect(tree.log == ["/c/a/box/cgroup.kill = 1"])
        try cgroup.remove()
        // What is gone needs neither.
        #expect(throws: Never.self) { try cgroup.kill() }
        #expect(throws: Never.self) { try cgroup.remove() }
        #expect(try cgroup.processes() == [])
    }

    @Test func removeTakesNestedCgroupsFirst() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        tree.set("/c/a/box/x/cgroup.procs", "")
        tree.set("/c/a/box/x/y/cgroup.procs", "")
        tree.clearLog()
        try cgroup.remove()
        #expect(tree.log == ["rmdir /c/a/box/x/y", "rmdir /c/a/box/x", "rmdir /c/a/box"])
    }

    @Test func aRecordIsReadable() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for (placement, text) in [(CgroupPlacement.own("apus-1"), "apus-1"), (.absolute("/x"), "/x")] {
            let record = CgroupRecord(unified: "/u/box", legacy: [.io: "/b/box"], placement: placement, name: "box")
            let data = try encoder.encode(record)
            #expect(String(decoding: data, as: UTF8.self) == #"{"legacy":{"io":"/b/box"},"name":"box","placement":"\#(text)","unified":"/u/box"}"#)
            #expect(try JSONDecoder().decode(CgroupRecord.self, from: data) == record)
        }
    }

    @Test func processesOfNestedCgroups() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create("box", in: .own("a"), resources: nil, on: host, tree: tree)
        tree.set("/c/a/box/cgroup.procs", "5\n0\n6")
        tree.set("/c/a/box/x/cgroup.procs", "7")
        #expect(try cgroup.processes() == [5, 6, 7])
    }

    @Test func aPlaceKnowsItsCgroups() throws {
        let (host, tree) = Fake.hybrid()
        let place = CgroupPlacement.own("a")
        let one = try Cgroup.create("one", in: place, resources: LinuxResources(pids: LinuxPids(limit: 3)), on: host, tree: tree)
        let two = try Cgroup.create("two", in: place, resources: nil, on: host, tree: tree)
        #expect(try place.cgroups(on: host, tree: tree) == ["one": one.record, "two": two.record])
    }
}
