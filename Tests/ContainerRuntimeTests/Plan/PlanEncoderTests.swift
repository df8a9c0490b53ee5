import CShim
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// The block that the monitor maps.
@Suite struct PlanEncoderTests {
    private func header(_ block: [UInt8]) -> apus_plan { unsafe block.withUnsafeBytes { unsafe $0.loadUnaligned(as: apus_plan.self) } }

    private func step(_ index: Int, _ block: [UInt8]) -> apus_step {
        let offset = Int(header(block).steps) + index * MemoryLayout<apus_step>.stride
        return unsafe block.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: apus_step.self) }
    }

    private func text(_ offset: UInt32, _ block: [UInt8]) -> String {
        String(decoding: block[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }

    @Test func header() throws {
        let plan = try PlanCompiler.start(sampleSpec(), sampleContext())
        let block = PlanEncoder.encode(plan)
        let header = header(block)
        #expect(header.magic == 0x5355_5041)
        #expect(Int(header.size) == block.count)
        #expect(block.last == 0)
        #expect(Int(header.step_count) == plan.steps.count)
        #expect(header.kept_slots == 3)
        #expect(header.log_slot == 1)
        #expect(header.run_slot == 2)
        #expect(header.cgroup_slot == Int32(plan.descriptors.firstIndex(of: .cgroup) ?? -1))
        #expect(header.clone_flags == plan.namespaces.rawValue)
        #expect(Int(header.sections.1.count) == plan.inner.count)
        #expect(Int(header.sections.2.first) == plan.inner.count)
    }

    @Test func stepsCarryTheirOperands() throws {
        let plan = try PlanCompiler.start(sampleSpec(), sampleContext())
        let block = PlanEncoder.encode(plan)
        for (index, planned) in plan.steps.enumerated() {
            let record = step(index, block)
            #expect(text(record.field, block) == planned.field)
            #expect(record.kind == UInt16(planned.action.operands.kind.rawValue))
        }
        let seccomp = try #require(plan.steps.firstIndex { if case .seccomp = $0.action { true } else { false } })
        let record = step(seccomp, block)
        #expect(record.n.0 == 1)
        #expect(Array(block[Int(record.s.0)..<Int(record.s.0) + 8]) == [6, 0, 0, 0, 0, 0, 255, 127])
    }

    @Test func argumentsAndEnvironment() throws {
        let block = PlanEncoder.encode(try PlanCompiler.start(sampleSpec(), sampleContext()))
        func strings(_ offset: UInt32) -> [String] {
            var result: [String] = []
            var at = Int(offset)
            while true {
                let value = unsafe block.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: at, as: UInt32.self) }
                if value == 0 { return result }
                result.append(text(value, block))
                at += 4
            }
        }
        #expect(strings(header(block).arguments) == ["/bin/app", "-v"])
        #expect(strings(header(block).environment) == ["A=1"])
    }

    @Test func everyActionHasAKindOfItsOwn() {
        let actions: [PlanAction] = [
            .mapIDs, .newSession, .leaveHost, .loopback, .noNewPrivileges, .exec, .hostname("a"), .domainname("a"), .mask("a"), .readOnly("a"),
            .setReadOnly("/"), .keyring(name: "a"), .umask(0), .bounding(0), .groups([]), .workingDirectory("/", isFirstTry: false), .deathSignal(9),
            .outOfMemory(path: "a"),
            .removeCgroup("a", withEmptyParent: true), .removeTree("a"), .removeLink(path: "a", target: "b"), .enterRoot(slot: 0), .coverHost(slot: 0),
            .enterCgroup(slot: 0, controller: "a"),
        ]
        #expect(Set(actions.map { $0.operands.kind.rawValue }).count == actions.count)
    }
}
