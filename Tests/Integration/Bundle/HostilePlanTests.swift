import CShim
import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// The monitor refuses every plan that points outside of itself, and starts nothing of it.
///
/// Only numbers that must be refused are put in: a plan that merely differs would be obeyed, as root.
@Suite struct HostilePlanTests {
    /// What the monitor does with a block and one descriptor for each slot.
    private func send(_ block: [UInt8], slots: Int) throws -> MonitorEvent {
        var pid: Int32 = -1
        let ours = try startMonitor(&pid)
        let null = try openFile("/dev/null", O_RDWR)
        let memory = OwnedFD(adopting: try systemCall("memfd") { unsafe apus_memfd_create("plan", 1) })
        try writeAll(memory.raw, block, name: "plan")
        let sent = [memory.raw] + Array(repeating: null.raw, count: slots)
        try systemCall("send") { unsafe apus_send_message(ours.raw, "P", 1, sent, sent.count) }
        let event = try MonitorConnection(socket: ours, planMemory: .none).receive()
        var status: Int32 = 0
        try systemCall("wait") { unsafe waitpid(pid, &status, 0) }
        #expect(apus_exited(status) == 1, "the monitor crashed: status \(status)")
        return event
    }

    private func plan() throws -> (block: [UInt8], slots: Int) {
        let bundle = try Bundle()
        let plan = try PlanCompiler.start(bundle.spec(["true"]), PlanContext())
        return (PlanEncoder.encode(plan), plan.descriptors.count)
    }

    private func patched(_ block: [UInt8], _ offset: Int, _ value: UInt32) -> [UInt8] {
        var block = block
        for index in 0..<4 { block[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
        return block
    }

    @Test func headersThatPointOutside() throws {
        let (block, slots) = try plan()
        // Every 32-bit number of the header but the flags, the clone's flags and the terminal's size, of which each value is one.
        let names = ["magic": 0, "version": 4, "size": 8, "cgroup": 24, "log": 28, "run": 32, "kept": 36, "slots": 40, "uid map": 44, "gid map": 48]
        let arrays = ["arguments": 52, "environment": 56, "outer": 72, "inner": 80, "final": 88, "after": 96, "steps": 100, "offset": 104]
        for (name, offset) in names.merging(arrays, uniquingKeysWith: { first, _ in first }) {
            for value in [UInt32(0x7fff_fff0), 0xffff_fff0, UInt32(block.count)] where patched(block, offset, value) != block {
                #expect(try send(patched(block, offset, value), slots: slots) == .closed, "\(name) = \(value)")
            }
        }
    }

    @Test func stepsThatPointOutside() throws {
        let (block, slots) = try plan()
        let steps = Int(block[104]) | Int(block[105]) << 8 | Int(block[106]) << 16
        let count = Int(block[100]) | Int(block[101]) << 8
        for step in stride(from: 0, to: count, by: 7) {
            let start = steps + step * 64
            #expect(try send(patched(block, start, 0xffff), slots: slots) == .closed, "kind of step \(step)")
            #expect(try send(patched(block, start + 4, UInt32(block.count)), slots: slots) == .closed, "field of step \(step)")
            for text in 0..<4 {
                #expect(try send(patched(block, start + 48 + 4 * text, 0xffff_ff00), slots: slots) == .closed, "text \(text) of step \(step)")
            }
        }
    }

    /// Arrays whose length a step gives.
    @Test func masksThatReachOutside() throws {
        let bundle = try Bundle()
        var spec = bundle.spec(["true"])
        spec.process?.scheduler = Scheduler(policy: "SCHED_BATCH")
        spec.process?.execCPUAffinity = CPUAffinity(final: "0")
        spec.linux?.memoryPolicy = LinuxMemoryPolicy(mode: "MPOL_BIND", nodes: "0")
        let plan = try PlanCompiler.exec(spec, joining: [], PlanContext())
        let block = PlanEncoder.encode(plan)
        let start = Int(block[104]) | Int(block[105]) << 8 | Int(block[106]) << 16
        func step(_ matches: (PlanAction) -> Bool) throws -> Int { start + 64 * (try #require(plan.steps.firstIndex { matches($0.action) })) }
        let scheduler = try step { if case .scheduler = $0 { true } else { false } }
        let affinity = try step { if case .affinity = $0 { true } else { false } }
        let policy = try step { if case .memoryPolicy = $0 { true } else { false } }
        let last = UInt32(block.count - 8)
        let wrong: [(String, Int, UInt32)] = [
            ("attributes", scheduler + 48, last), ("processors", affinity + 48, last + 7), ("nodes", policy + 48, last + 7),
            ("number of processors", affinity + 16, 0xffff_fff0), ("number of nodes", policy + 24, 0xffff_fff0), ("no attributes", scheduler + 48, 0),
        ]
        for (name, offset, value) in wrong {
            #expect(try send(patched(block, offset, value), slots: plan.descriptors.count) == .closed, "\(name)")
        }
    }

    @Test func cutAndForeignBlocks() throws {
        let (block, slots) = try plan()
        for length in [0, 1, 111, 112, 200, block.count - 1] { #expect(try send(Array(block.prefix(length)), slots: slots) == .closed) }
        #expect(try send(block, slots: slots + 1) == .closed, "more descriptors than the plan has slots")
        #expect(try send([UInt8](repeating: 255, count: 4096), slots: slots) == .closed)
    }
}
