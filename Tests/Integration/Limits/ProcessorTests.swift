import Glibc
import LinuxSystem
import Testing

/// Processor limits that a busy program tries to exceed.
@Suite struct ProcessorTests {
    private static let busy = "while :; do :; done"

    /// The share of one processor that a process gets in two seconds, and whether its quota was what held it back all the time.
    private func share(_ apus: Apus, _ id: String) throws -> (share: Double, isHeldBack: Bool) {
        let pid = try apus.pid(of: id)
        func periods() throws -> (all: Int, throttled: Int) {
            let lines = try apus.cgroup(id, v2: "cpu.stat", v1: "cpu.stat").split(separator: "\n")
            func value(_ name: String) -> Int { lines.first { $0.hasPrefix("\(name) ") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0 }
            return (value("nr_periods"), value("nr_throttled"))
        }
        let before = (try periods(), try apus.processorTime(pid), monotonicNanoseconds())
        usleep(2_200_000)
        let after = (try periods(), try apus.processorTime(pid), monotonicNanoseconds())
        let all = after.0.all - before.0.all
        return ((after.1 - before.1) / (Double(after.2 - before.2) / 1e9), all > 10 && (after.0.throttled - before.0.throttled) * 100 >= all * 95)
    }

    /// Where other programs take the processor the quota is not what holds the program back, and only the upper bound can be checked.
    private func expect(_ wanted: Double, _ measured: (share: Double, isHeldBack: Bool), at location: SourceLocation = #_sourceLocation) {
        #expect(measured.share <= wanted * 1.1, sourceLocation: location)
        #expect(measured.share >= wanted * 0.9 || !measured.isHeldBack, "\(measured)", sourceLocation: location)
        #expect(measured.share > 0.02, sourceLocation: location)
    }

    @Test func quotaHoldsAndUpdateChangesIt() throws {
        try Apus.with { apus throws in
            let id = try apus.detached(Self.busy, "--cpus", "0.2", "--name", "box")
            expect(0.2, try share(apus, id))
            try apus.output("update", "--cpus", "0.4", "box")
            expect(0.4, try share(apus, id))
            try apus.output("update", "--cpu-quota", "5000", "--cpu-period", "50000", "box")
            expect(0.1, try share(apus, id))
        }
    }

    @Test func quotaIsForAllProcessesTogether() throws {
        try Apus.with { apus throws in
            let id = try apus.detached("\(Self.busy) & \(Self.busy) & \(Self.busy)", "--cpu-period", "20000", "--cpu-quota", "4000")
            let shell = try apus.pid(of: id)
            #expect(try eventually { try children(of: shell).count == 2 })
            let pids = try children(of: shell) + [shell]
            let start = (try pids.reduce(0) { try $0 + apus.processorTime($1) }, monotonicNanoseconds())
            usleep(2_000_000)
            let used = try pids.reduce(0) { try $0 + apus.processorTime($1) } - start.0
            #expect(used / (Double(monotonicNanoseconds() - start.1) / 1e9) <= 0.22)
        }
    }

    private func children(of pid: Int32) throws -> [Int32] {
        try readText("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { Int32($0) }
    }

    @Test func chosenProcessors() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("grep Cpus_allowed_list /proc/self/status; nproc", "--cpuset-cpus", "1") == "Cpus_allowed_list:\t1\n1")
            let id = try apus.detached("sleep 100", "--cpuset-cpus", "0", "--cpuset-mems", "0", "--name", "box")
            let pid = try apus.pid(of: id)
            #expect(try readText("/proc/\(pid)/status").contains("Cpus_allowed_list:\t0\n"))
            try apus.output("update", "--cpuset-cpus", "1", "box")
            #expect(try readText("/proc/\(pid)/status").contains("Cpus_allowed_list:\t1\n"))
            // The program cannot leave them.
            #expect(try apus.run("run", "--rm", "--cpuset-cpus", "0", "busybox", "taskset", "2", "true").code == 1)
        }
    }

    @Test func sharesDivideABusyProcessor() throws {
        try Apus.with { apus throws in
            let small = try apus.detached(Self.busy, "--cpuset-cpus", "1", "--cpu-shares", "256", "--name", "small")
            let large = try apus.detached(Self.busy, "--cpuset-cpus", "1", "--cpu-shares", "1024")
            let pids = (try apus.pid(of: small), try apus.pid(of: large))
            func ratio() throws -> Double {
                let before = (try apus.processorTime(pids.0), try apus.processorTime(pids.1))
                usleep(isSlow ? 5_000_000 : 2_000_000)
                return try (apus.processorTime(pids.1) - before.1) / (apus.processorTime(pids.0) - before.0)
            }
            #expect(try apus.cgroup(small, v2: "cpu.weight", v1: "cpu.shares") == (Requirement.cgroup2.holds ? "35" : "256"))
            let first = try ratio()
            #expect(((Requirement.cgroup2.holds ? 2.2 : 2.8)...5.5).contains(first), "\(first)")
            try apus.output("update", "--cpu-shares", "1024", "small")
            let second = try ratio()
            #expect((0.7...1.4).contains(second), "\(second)")
        }
    }
}
