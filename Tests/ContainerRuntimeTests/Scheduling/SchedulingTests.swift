import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// Words of config.json become the kernel's numbers.
@Suite struct SchedulingTests {
    private func number<Number: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int, _: Number.Type) -> Number {
        bytes[offset..<offset + MemoryLayout<Number>.size].reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    @Test func lists() throws {
        func mask(_ list: String) throws -> [UInt8] { try NumberSet(list, field: "x").mask }
        #expect(try mask("0") == [1, 0, 0, 0, 0, 0, 0, 0])
        #expect(try mask("1-3,7") == [0x8e, 0, 0, 0, 0, 0, 0, 0])
        #expect(try mask("64") == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(try mask("0-7:2/4") == [0x33, 0, 0, 0, 0, 0, 0, 0])
        for wrong in ["", "a", "3-1", "1,", "-1", "0-3:2", "0-3:3/2", "1-2-3"] {
            #expect(throws: ApusError(.invalidArgument, "x must be a list like 0-3,7, got \"\(wrong)\"")) { try mask(wrong) }
        }
        #expect(throws: ApusError(.invalidArgument, "x: 8192 is above 8191, the last that a kernel can have")) { try mask("8192") }
    }

    @Test func deadline() throws {
        let scheduler = Scheduler(
            policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_DL_OVERRUN"], runtime: 10, deadline: 20, period: 30)
        let attributes = try SchedulingAttributes(scheduler)
        let bytes = attributes.bytes
        #expect(bytes.count == 56 && number(bytes, 0, UInt32.self) == 56)
        #expect(number(bytes, 4, UInt32.self) == 6 && number(bytes, 8, UInt64.self) == 5)
        #expect([24, 32, 40].map { number(bytes, $0, UInt64.self) } == [10, 20, 30])
        #expect(attributes.text == "SCHED_DEADLINE, runtime 10 of 30 ns, deadline 20 ns, SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_DL_OVERRUN")
    }

    @Test func niceAndPriority() throws {
        let batch = try SchedulingAttributes(Scheduler(policy: "SCHED_BATCH", nice: -5))
        #expect(number(batch.bytes, 4, UInt32.self) == 3 && number(batch.bytes, 16, Int32.self) == -5 && batch.text == "SCHED_BATCH, nice -5")
        let fifo = try SchedulingAttributes(Scheduler(policy: "SCHED_FIFO", priority: 50))
        #expect(number(fifo.bytes, 4, UInt32.self) == 1 && number(fifo.bytes, 20, UInt32.self) == 50)
        #expect(throws: ApusError(.invalidArgument, "process.scheduler.policy: no such policy: \"SCHED_X\"")) {
            try SchedulingAttributes(Scheduler(policy: "SCHED_X"))
        }
        #expect(throws: ApusError(.invalidArgument, "process.scheduler.flags[1]: no such flag: \"F\"")) {
            try SchedulingAttributes(Scheduler(policy: "SCHED_OTHER", flags: ["SCHED_FLAG_RECLAIM", "F"]))
        }
    }

    @Test func ioPriorities() throws {
        #expect(try IOPriority(LinuxIOPriority(class: "IOPRIO_CLASS_RT", priority: 0)).value == 0x2000)
        #expect(try IOPriority(LinuxIOPriority(class: "IOPRIO_CLASS_BE", priority: 7)).value == 0x4007)
        #expect(try IOPriority(LinuxIOPriority(class: "IOPRIO_CLASS_IDLE", priority: 3)).value == 0x6003)
        #expect(throws: ApusError.self) { try IOPriority(LinuxIOPriority(class: "IOPRIO_CLASS_NONE", priority: 0)) }
        #expect(throws: ApusError.self) { try IOPriority(LinuxIOPriority(class: "IOPRIO_CLASS_BE", priority: 8)) }
    }

    @Test func memoryPolicies() throws {
        let modes: [(String, String?, UInt32)] = [
            ("MPOL_DEFAULT", nil, 0), ("MPOL_PREFERRED", nil, 1), ("MPOL_PREFERRED", "1", 1), ("MPOL_BIND", "0", 2), ("MPOL_INTERLEAVE", "0-1", 3),
            ("MPOL_LOCAL", nil, 4), ("MPOL_PREFERRED_MANY", "0", 5), ("MPOL_WEIGHTED_INTERLEAVE", "0", 6),
        ]
        for (mode, nodes, number) in modes { #expect(try MemoryPolicy(LinuxMemoryPolicy(mode: mode, nodes: nodes)).mode == number, "\(mode)") }
        let policy = try MemoryPolicy(LinuxMemoryPolicy(mode: "MPOL_BIND", nodes: "0,2", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"]))
        #expect(policy.mode == 2 | 1 << 15 | 1 << 13 && policy.nodes == [5, 0, 0, 0, 0, 0, 0, 0])
        #expect(policy.text == "MPOL_BIND, MPOL_F_STATIC_NODES, MPOL_F_NUMA_BALANCING with nodes 0,2")
        #expect(throws: ApusError(.invalidArgument, "linux.memoryPolicy.nodes is empty, and MPOL_BIND needs at least one node")) {
            try MemoryPolicy(LinuxMemoryPolicy(mode: "MPOL_BIND"))
        }
        #expect(throws: ApusError(.invalidArgument, "linux.memoryPolicy.nodes must be left out with MPOL_LOCAL, got \"0\"")) {
            try MemoryPolicy(LinuxMemoryPolicy(mode: "MPOL_LOCAL", nodes: "0"))
        }
        #expect(throws: ApusError(.invalidArgument, "linux.memoryPolicy.flags[0]: no such flag: \"F\"")) {
            try MemoryPolicy(LinuxMemoryPolicy(mode: "MPOL_LOCAL", flags: ["F"]))
        }
    }
}
