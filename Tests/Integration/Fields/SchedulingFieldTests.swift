import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// Scheduling, memory and execution domain, as the kernel shows them from inside.
@Suite struct SchedulingFieldTests {
    private func run(_ arguments: [String], _ change: (inout Spec) -> Void) throws -> Outcome {
        let bundle = try Bundle()
        var spec = bundle.spec(arguments)
        change(&spec)
        return try Integration.run(spec)
    }

    /// Nice value, real-time priority and policy in a /proc/PID/stat (proc(5), fields 19, 40 and 41).
    private func scheduling(_ stat: String) throws -> [Int] {
        let fields = stat[try #require(stat.lastIndex(of: ")"))...].split(separator: " ")
        return try [17, 38, 39].map { try #require(fields.count > 39 ? Int(fields[$0]) : nil) }
    }

    @Test func batchWithANiceValue() throws {
        let outcome = try run(["cat", "/proc/self/stat"]) { $0.process?.scheduler = Scheduler(policy: "SCHED_BATCH", nice: 5) }
        #expect(try scheduling(outcome.output) == [5, 0, 3])
    }

    @Test func realTime() throws {
        let outcome = try run(["cat", "/proc/self/stat"]) { $0.process?.scheduler = Scheduler(policy: "SCHED_FIFO", priority: 7) }
        #expect(try scheduling(outcome.output) == [0, 7, 1])
    }

    @Test func deadline() throws {
        let outcome = try run(["cat", "/proc/self/stat"]) {
            $0.process?.scheduler = Scheduler(
                policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_RESET_ON_FORK"], runtime: 1_000_000, deadline: 10_000_000, period: 10_000_000)
        }
        #expect(try scheduling(outcome.output)[2] == 6)
    }

    @Test func whatTheKernelRefusesIsTold() throws {
        let error = #expect(throws: ApusError.self) {
            try run(["true"]) { $0.process?.scheduler = Scheduler(policy: "SCHED_DEADLINE", runtime: 20, deadline: 10, period: 10) }
        }
        #expect(
            error?.description
                == "cannot schedule as SCHED_DEADLINE, runtime 20 of 10 ns, deadline 10 ns (process.scheduler): invalid argument (EINVAL)")
    }

    @Test func ioPriority() throws {
        let outcome = try run(["sh", "-c", "busybox ionice -p $$"]) { $0.process?.ioPriority = LinuxIOPriority(class: "IOPRIO_CLASS_BE", priority: 6) }
        #expect(outcome.output == "best-effort: prio 6\n")
        let idle = try run(["sh", "-c", "busybox ionice -p $$"]) { $0.process?.ioPriority = LinuxIOPriority(class: "IOPRIO_CLASS_IDLE", priority: 0) }
        #expect(idle.output.hasPrefix("idle"))
    }

    @Test func personality() throws {
        let narrow = try run(["busybox", "uname", "-m"]) { $0.linux?.personality = LinuxPersonality(domain: "LINUX32") }
        let wide = try run(["busybox", "uname", "-m"]) { $0.linux?.personality = LinuxPersonality(domain: "LINUX") }
        #if arch(x86_64)
            #expect(narrow.output == "i686\n" && wide.output == "x86_64\n")
        #else
            #expect(narrow.output == "armv8l\n" && wide.output == "aarch64\n")
        #endif
    }

    @Test func memoryPolicy() throws {
        let script = ["head", "-n", "1", "/proc/self/numa_maps"]
        #expect(try run(script) { $0.linux?.memoryPolicy = LinuxMemoryPolicy(mode: "MPOL_BIND", nodes: "0") }.output.contains(" bind:0 "))
        let statically = LinuxMemoryPolicy(mode: "MPOL_PREFERRED", nodes: "0", flags: ["MPOL_F_STATIC_NODES"])
        #expect(try run(script) { $0.linux?.memoryPolicy = statically }.output.contains(" prefer=static:0 "))
        #expect(try run(script) { $0.linux?.memoryPolicy = LinuxMemoryPolicy(mode: "MPOL_LOCAL") }.output.contains(" local "))
        #expect(try run(script) { _ in }.output.contains(" default "))
    }

    @Test func nodesThatAreNotThere() throws {
        let error = #expect(throws: ApusError.self) {
            try run(["true"]) { $0.linux?.memoryPolicy = LinuxMemoryPolicy(mode: "MPOL_BIND", nodes: "63") }
        }
        #expect(error?.description.contains("cannot set memory policy MPOL_BIND with nodes 63 (linux.memoryPolicy): invalid argument (EINVAL)") == true)
    }
}
