import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

/// Runs `body` with a cgroup of this host that is removed at the end, and checks that nothing is left.
func withCgroup(
    _ resources: LinuxResources? = nil, accounting: Set<CgroupController> = [.memory], on host: CgroupHost? = nil,
    _ body: (inout Cgroup, CgroupHost) throws -> Void
) throws {
    let host = try host ?? CgroupHost.detect()
    let placement = CgroupPlacement.own("apus-test-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    var cgroup = try Cgroup.create("box", in: placement, resources: resources, accounting: accounting, on: host)
    defer {
        #expect(throws: Never.self) {
            try cgroup.kill()
            try cgroup.remove()
        }
        placement.removeIfEmpty(on: host)
        for path in cgroup.record.directories { #expect(!fileExists(String(path.dropLast("/box".count)))) }
    }
    try body(&cgroup, host)
}

/// Starts a shell command in the cgroup, and returns its process ID.
func start(_ script: String, in cgroup: Cgroup) throws -> Int32 {
    // A shell stands for the container's first process: it enters the hierarchies itself, as the runtime's child does.
    let files = cgroup.record.directories.map { "\($0)/\($0 == cgroup.record.unified ? "cgroup.procs" : "tasks")" }
    let text = (["set -e"] + files.map { "echo 0 >\($0)" } + ["set +e", script]).joined(separator: "\n")
    var process: pid_t = 0
    let arguments = ["/bin/sh", "-c", text]
    var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { for index in arguments.indices { unsafe free(pointers[index]) } }
    // The tests' threads have signals blocked, which a process would take over.
    var attributes = posix_spawnattr_t()
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    let number = unsafe posix_spawn(&process, "/bin/sh", nil, &attributes, &pointers, environ)
    if number != 0 { throw ApusError(errno: number, "cannot start /bin/sh") }
    return process
}

/// Waits for a process of `start`; its status as of wait(2).
func waitFor(_ process: Int32) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) == -1 && errno == EINTR {}
    return status
}

/// Waits until `condition` holds, at most five seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<500 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}

@Suite("the kernel's own cgroups (needs root)", .enabled(if: getuid() == 0, "not root"), .serialized)
struct HostTests {
    @Test func processesFreezeAndKill() throws {
        try withCgroup { cgroup, _ in
            let process = try start("sleep 100 & sleep 100; wait", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 3 })
            try cgroup.freeze()
            #expect(try cgroup.isFrozen())
            try cgroup.thaw()
            #expect(try eventually { try !cgroup.isFrozen() })
            #expect(try Cgroup(existing: cgroup.record).processes().contains(process))
            try cgroup.kill()
            #expect(waitFor(process) == SIGKILL)
            #expect(try eventually { try cgroup.processes() == [] })
        }
    }

    @Test func entranceOpensEveryWay() throws {
        try withCgroup(LinuxResources(cpu: LinuxCPU(shares: 100)), accounting: [.memory, .pids]) { cgroup, host in
            let entrance = try cgroup.entrance()
            #expect(entrance.directory >= 0 || host.layout == .legacy)
            #expect(entrance.tasks.count == cgroup.record.directories.count - (host.unified == nil ? 0 : 1))
        }
    }

    @Test func memoryLimitKills() throws {
        try withCgroup(LinuxResources(memory: LinuxMemory(limit: 16 << 20, swap: 16 << 20))) { cgroup, _ in
            let process = try start("exec tail /dev/zero", in: cgroup)
            #expect(waitFor(process) == SIGKILL)
            #expect(cgroup.oomKillCount() == 1)
            let memory = try #require(try cgroup.stats().memory)
            #expect(memory.limit == 16 << 20)
            #expect(memory.oomKill == 1)
            #expect(memory.maximum.map { $0 > 8 << 20 && $0 <= 16 << 20 } == true)
        }
    }

    @Test func pidsLimitStopsForks() throws {
        try withCgroup(LinuxResources(pids: LinuxPids(limit: 4))) { cgroup, _ in
            let process = try start("sleep 100 & sleep 100 & sleep 100 & sleep 100 & sleep 100 & wait", in: cgroup)
            #expect(try eventually { try cgroup.stats().pids.current == 4 })
            #expect(try cgroup.stats().pids == CgroupStats.Pids(current: 4, limit: 4))
            try cgroup.kill()
            _ = waitFor(process)
        }
    }

    @Test func quotaHoldsAndCanBeLifted() throws {
        try withCgroup(LinuxResources(cpu: LinuxCPU(quota: 20000, period: 100_000))) { cgroup, host in
            let process = try start("while :; do :; done", in: cgroup)
            #expect(try eventually { try cgroup.stats().cpu.throttling?.throttledPeriods ?? 0 > 3 })
            let cpu = try cgroup.stats().cpu
            #expect(cpu.usage > 0 && cpu.user > 0)
            try cgroup.update(LinuxResources(cpu: LinuxCPU(quota: 50000, burst: 30000, period: 50000)), on: host)
            try cgroup.update(LinuxResources(cpu: LinuxCPU(quota: -1, burst: 0)), on: host)
            try cgroup.kill()
            _ = waitFor(process)
        }
    }

    @Test func updateAddsWhatWasNotNeededBefore() throws {
        try withCgroup { cgroup, host in
            let process = try start("sleep 100 & sleep 100; wait", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 3 })
            let update = LinuxResources(
                memory: LinuxMemory(limit: 32 << 20, swap: 64 << 20), cpu: LinuxCPU(shares: 512, cpus: "0"), pids: LinuxPids(limit: 50))
            try cgroup.update(update, on: host)
            // Both directions past the sum of memory and swap.
            try cgroup.update(LinuxResources(memory: LinuxMemory(limit: 128 << 20, swap: 256 << 20)), on: host)
            try cgroup.update(LinuxResources(memory: LinuxMemory(limit: 16 << 20, swap: 16 << 20)), on: host)
            let stats = try cgroup.stats()
            #expect(stats.memory?.limit == 16 << 20)
            #expect(stats.pids == CgroupStats.Pids(current: 3, limit: 50))
            let mask = try readText("/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
            #expect(mask?.hasSuffix("\t0") == true)
            try cgroup.update(LinuxResources(memory: LinuxMemory(limit: -1, swap: -1)), on: host)
            #expect(try cgroup.stats().memory?.limit == nil)
            try cgroup.kill()
            _ = waitFor(process)
        }
    }

    @Test func deviceRulesHold() throws {
        func rule(_ allow: Bool, _ type: String?, _ major: Int64?, _ minor: Int64?, _ access: String) -> LinuxDeviceCgroup {
            LinuxDeviceCgroup(allow: allow, type: type, major: major, minor: minor, access: access)
        }
        let rules = [rule(false, nil, nil, nil, "rwm"), rule(true, "c", 1, 3, "rwm"), rule(true, "c", 1, 5, "r"), rule(true, "c", nil, nil, "m")]
        try withCgroup(LinuxResources(devices: rules)) { cgroup, host in
            func opens(_ script: String) throws -> Bool { waitFor(try start(script, in: cgroup)) == 0 }
            #expect(try opens(": </dev/null; : >/dev/null; : </dev/zero"))
            #expect(try !opens(": >/dev/zero"))
            #expect(try !opens(": </dev/urandom"))
            try cgroup.update(LinuxResources(devices: rules + [rule(true, "c", 1, 9, "r"), rule(false, "c", 1, 5, "rw")]), on: host)
            #expect(try opens(": </dev/urandom; : </dev/null"))
            #expect(try !opens(": </dev/zero"))
            try cgroup.update(LinuxResources(devices: [rule(true, nil, nil, nil, "rwm")]), on: host)
            #expect(try opens(": >/dev/zero"))
        }
    }

    @Test func deviceProgramHolds() throws {
        let host = try CgroupHost.detect()
        guard host.unified != nil else { return }
        try withCgroup(accounting: []) { cgroup, _ in
            let path = try #require(cgroup.record.unified)
            let tree = KernelCgroupTree()
            let all = DeviceRule(allow: false, kind: nil, major: nil, minor: nil, access: .all)
            let zero = DeviceRule(allow: true, kind: .character, major: 1, minor: 5, access: .read)
            func opens(_ script: String) throws -> Bool { waitFor(try start(script, in: cgroup)) == 0 }
            try tree.attachDeviceProgram(deviceProgram([all, zero]), to: path)
            #expect(try opens(": </dev/zero"))
            #expect(try !opens(": >/dev/zero"))
            // Replaced, not added: with both nothing could be opened for writing.
            try tree.attachDeviceProgram(deviceProgram([zero]), to: path)
            #expect(try opens(": >/dev/zero"))
        }
    }

    /// A hybrid host without its v2 tree is a legacy one: freezer, cpuacct and killing one by one.
    @Test func withoutTheUnifiedTree() throws {
        let hybrid = try CgroupHost.detect()
        guard hybrid.layout == .hybrid, hybrid.legacyHierarchy(of: .freezer) != nil else { return }
        try withCgroup(LinuxResources(pids: LinuxPids(limit: 20)), on: CgroupHost(unified: nil, legacy: hybrid.legacy)) { cgroup, _ in
            let process = try start("sleep 100 & while :; do :; done", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 2 })
            try cgroup.freeze()
            #expect(try cgroup.isFrozen())
            let usage = try cgroup.stats().cpu.usage
            usleep(20_000)
            #expect(try cgroup.stats().cpu.usage == usage)
            #expect(usage > 0)
            try cgroup.thaw()
            try cgroup.kill()
            #expect(waitFor(process) == SIGKILL)
        }
    }

    @Test func nestedCgroupsGoToo() throws {
        try withCgroup(accounting: [.memory, .hugetlb]) { cgroup, _ in
            let home = try #require(cgroup.home)
            let nested = home + "/nested"
            let process = try start("mkdir \(nested) \(nested)/deeper; echo 0 >\(nested)/deeper/cgroup.procs; sleep 100 & wait", in: cgroup)
            #expect(try eventually { try cgroup.processes().count == 2 })
            #expect(eventually { (try? readText("\(nested)/deeper/cgroup.procs"))?.isEmpty == false })
            if cgroup.record.unified != nil {
                let top = try cgroup.entrance(of: process)
                #expect(try readLink("/proc/self/fd/\(top.directory)") == home)
                // From here on the kernel lets nobody into the directory itself.
                try KernelCgroupTree().write("+hugetlb", to: "\(home)/cgroup.subtree_control")
                let below = try cgroup.entrance(of: process)
                #expect(try readLink("/proc/self/fd/\(below.directory)") == "\(nested)/deeper")
            }
            try cgroup.kill()
            #expect(waitFor(process) == SIGKILL)
        }
    }

    @Test func throttledWrites() throws {
        var status = stat()
        // A directory on a block device of its own: the machine of the tests has an ext4 there.
        let folder = fileExists("/scratch") ? "/scratch" : "/var/tmp"
        guard unsafe stat(folder, &status) == 0, status.st_dev >> 8 & 0xfff != 0 else { return }
        let device = LinuxThrottleDevice(major: Int64(status.st_dev >> 8 & 0xfff), minor: Int64(status.st_dev & 0xff), rate: 1 << 20)
        let file = "\(folder)/apus-throttle-\(getpid())"
        defer { unsafe unlink(file) }
        try withCgroup(LinuxResources(blockIO: LinuxBlockIO(throttleWriteBpsDevice: [device]))) { cgroup, _ in
            let before = monotonicNanoseconds()
            #expect(waitFor(try start("dd if=/dev/zero of=\(file) bs=64k count=16 oflag=direct 2>/dev/null", in: cgroup)) == 0)
            #expect(monotonicNanoseconds() - before > 700_000_000)
            let written = try cgroup.stats().io?.first { $0.major == device.major && $0.minor == device.minor }
            #expect(written.map { $0.writtenBytes >= 1 << 20 && $0.writes >= 16 } == true)
        }
    }

    @Test func manyStartsAtOnce() async throws {
        let host = try CgroupHost.detect()
        let placement = CgroupPlacement.own("apus-test-many-\(getpid())")
        let limits = LinuxResources(memory: LinuxMemory(limit: 64 << 20), cpu: LinuxCPU(shares: 100, cpus: "0"), pids: LinuxPids(limit: 9))
        try await withThrowingTaskGroup { group in
            for index in 0..<30 {
                group.addTask { try Cgroup.create("box\(index)", in: placement, resources: limits, on: host).remove() }
            }
            try await group.waitForAll()
        }
        #expect(try placement.cgroups(on: host) == [:])
        placement.removeIfEmpty(on: host)
    }
}
