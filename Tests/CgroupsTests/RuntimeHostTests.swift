import FoundationEssentials
import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

/// Runs `body` with a container's cgroup as the runtime makes it on this host, and checks that it goes.
private func withRuntimeCgroup(
    _ resources: LinuxResources? = nil, _ body: (inout Cgroup, CgroupHost, CgroupsPath) throws -> Void
) throws {
    let host = try CgroupHost.detect()
    let name = "apus-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let path = try CgroupsPath("/\(name)/box", id: "id")
    var cgroup = try Cgroup.create(path, resources: resources, on: host)
    defer {
        #expect(throws: Never.self) {
            try cgroup.kill()
            try cgroup.remove()
        }
        for directory in cgroup.record.directories {
            #expect(unsafe !fileExists(directory) && rmdir(String(directory.dropLast("/box".count))) == 0, "\(directory)")
        }
    }
    try body(&cgroup, host, path)
}

@Suite("the runtime's cgroups on the kernel's own (needs root)", .enabled(if: getuid() == 0, "not root"), .serialized)
struct RuntimeHostTests {
    @Test func aProcessIsInEveryHierarchy() throws {
        try withRuntimeCgroup { cgroup, _, path in
            let process = try start("sleep 100 & wait", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 2 })
            for line in try readText("/proc/\(process)/cgroup").split(separator: "\n") {
                #expect(line.hasSuffix(":\(path.placement.path)/box"), "\(line)")
            }
            // A second container may not enter.
            let refused = #expect(throws: ApusError.self) { try Cgroup.create(path, resources: nil, on: CgroupHost.detect()) }
            #expect(refused?.message.hasPrefix("container's cgroup is not empty: 2 process(es) found in ") == true)
            #expect(try cgroup.signal(SIGTERM) == 2)
            #expect(waitFor(process) == SIGTERM)
        }
    }

    @Test func anEmptyOneIsEnteredAndAFrozenOneIsNot() throws {
        try withRuntimeCgroup { cgroup, host, path in
            let again = try Cgroup.create(path, resources: LinuxResources(pids: LinuxPids(limit: 0)), on: host)
            #expect(again.record == cgroup.record)
            try cgroup.freeze()
            let refused = #expect(throws: ApusError.self) { try Cgroup.create(path, resources: nil, on: host) }
            #expect(refused?.message.hasPrefix("container's cgroup unexpectedly frozen: ") == true)
            try cgroup.thaw()
        }
    }

    @Test func aPausedContainerIsUpdatedAndKilled() throws {
        try withRuntimeCgroup(LinuxResources(pids: LinuxPids(limit: 20))) { cgroup, host, _ in
            let process = try start("sleep 100 & sleep 100; wait", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 3 })
            try cgroup.freeze()
            let limits = LinuxResources(
                memory: LinuxMemory(limit: 32 << 20, swap: 64 << 20), cpu: LinuxCPU(shares: 512, quota: 50000, period: 50000, cpus: "0"),
                pids: LinuxPids(limit: 30))
            try cgroup.update(limits, on: host)
            #expect(try cgroup.isFrozen())
            let stats = try cgroup.runtimeStats()
            #expect(stats.pids == .init(current: 3, limit: 30) && stats.memory.usage.limit == 32 << 20)
            // Signals other than the last wait until it goes on.
            #expect(try cgroup.signal(SIGCONT) == 3 && cgroup.isFrozen())
            try cgroup.kill()
            #expect(waitFor(process) == SIGKILL)
            #expect(try eventually { try cgroup.processes() == [] })
        }
    }

    /// Other programs use the v1 freezer of a hybrid host.
    @Test func frozenByTheLegacyController() throws {
        try withRuntimeCgroup { cgroup, _, _ in
            guard let freezer = cgroup.record.legacy[.freezer] else { return }
            let process = try start("mkdir \(freezer)/in; echo 0 >\(freezer)/in/cgroup.procs; sleep 100 & wait", in: cgroup)
            #expect(eventually { (try? readText("\(freezer)/in/cgroup.procs"))?.split(separator: "\n").count == 2 })
            let tree = KernelCgroupTree()
            try tree.write("FROZEN", to: "\(freezer)/in/freezer.state")
            try tree.write("FROZEN", to: "\(freezer)/freezer.state")
            #expect(try eventually { try cgroup.isFrozen() })
            try cgroup.thaw()
            #expect(try !cgroup.isFrozen() && tree.read("\(freezer)/in/freezer.state") == "FROZEN")
            try cgroup.kill()
            #expect(waitFor(process) == SIGKILL)
        }
    }

    @Test func wantOfMemoryIsTold() throws {
        try withRuntimeCgroup(LinuxResources(memory: LinuxMemory(limit: 16 << 20, swap: 16 << 20))) { cgroup, _, _ in
            var watch = try cgroup.watchOutOfMemory()
            let descriptor = watch.descriptor.raw
            func isReady(_ milliseconds: Int32) -> Bool {
                var set = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                return unsafe poll(&set, 1, milliseconds) == 1
            }
            #expect(!isReady(0))
            let process = try start("sleep 100 & tail /dev/zero; wait", in: cgroup)
            var count: UInt64 = 0
            for _ in 0..<100 where count == 0 && isReady(5000) { count += try watch.next().count }
            #expect(count >= 1)
            try cgroup.kill()
            #expect(waitFor(process) == SIGKILL)
            #expect(try eventually { try cgroup.processes() == [] })
            if cgroup.record.legacy[.memory] != nil { try cgroup.remove() }
            // v2 tells when the last process has gone, v1 when the cgroup has.
            var last = OutOfMemoryWatch.Report()
            for _ in 0..<100 where !last.hasEnded && isReady(5000) { last = try watch.next() }
            #expect(last == OutOfMemoryWatch.Report(count: 0, hasEnded: true))
        }
    }

    @Test func deviceRulesAreReplacedNotAdded() throws {
        func rules(_ minor: Int64) -> LinuxResources {
            LinuxResources(devices: [LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: minor, access: "rwm")]).denyingByDefault
        }
        try withRuntimeCgroup(rules(3)) { cgroup, host, _ in
            func opens(_ path: String) throws -> Bool { waitFor(try start(": <\(path)", in: cgroup)) == 0 }
            #expect(try opens("/dev/null") && !opens("/dev/zero"))
            // More than the kernel lets hang on one cgroup.
            for _ in 0..<70 { try cgroup.update(rules(5), on: host) }
            #expect(try !opens("/dev/null") && opens("/dev/zero"))
        }
    }

    @Test func theDocumentHasWhatThisHostCounts() throws {
        try withRuntimeCgroup { cgroup, host, _ in
            let process = try start("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 100 & wait", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 2 })
            let stats = try cgroup.runtimeStats()
            #expect(stats.cpu.usage.total ?? 0 > 1_000_000 && stats.cpu.usage.user > 0)
            #expect(stats.memory.usage.usage ?? 0 > 4096 && stats.memory.raw?.isEmpty == false && stats.memory.usage.limit > 1 << 40)
            #expect(stats.pids == .init(current: 2, limit: nil))
            if host.legacyHierarchy(of: .cpuacct) != nil {
                #expect(stats.cpu.usage.percpu?.isEmpty == false && stats.cpu.usage.percpuUser?.count == stats.cpu.usage.percpu?.count)
            }
            if host.legacyHierarchy(of: .cpuset) != nil { #expect(stats.cpuset.cpus?.isEmpty == false && stats.cpuset.mems == [0]) }
            if host.layout == .unified { #expect(stats.memory.psi != nil && stats.cpu.psi != nil && stats.blkio.psi != nil) }
            try cgroup.kill()
            _ = waitFor(process)
        }
    }
}
