import CShim
import LinuxSystem

/// Writes a plan as the position-independent block of apus_launch_plan.h.
struct PlanEncoder {
    private var block = [UInt8](repeating: 0, count: MemoryLayout<apus_plan>.size)
    private var texts: [String: UInt32] = [:]

    /// The block for a plan.
    static func encode(_ plan: LaunchPlan) -> [UInt8] {
        var encoder = PlanEncoder()
        return encoder.encode(plan)
    }

    private mutating func encode(_ plan: LaunchPlan) -> [UInt8] {
        var header = apus_plan()
        header.magic = UInt32(APUS_PLAN_MAGIC)
        header.version = UInt32(APUS_PLAN_VERSION)
        header.flags = plan.flags.rawValue
        header.clone_flags = plan.namespaces.rawValue
        func slot(_ descriptor: LaunchPlan.Descriptor) -> Int32 { Int32(plan.descriptors.firstIndex(of: descriptor) ?? -1) }
        header.cgroup_slot = slot(.cgroup)
        header.log_slot = slot(.kept(.containerDirectory))
        header.run_slot = slot(.kept(.runDirectory))
        header.kept_slots = UInt32(plan.descriptors.prefix { if case .kept = $0 { true } else { false } }.count)
        header.slot_count = UInt32(plan.descriptors.count)
        header.uid_map = plan.uidMap.map { text($0) } ?? 0
        header.gid_map = plan.gidMap.map { text($0) } ?? 0
        header.arguments = array(plan.arguments)
        header.environment = array(plan.environment)
        header.rows = UInt32(plan.terminalSize?.rows ?? 0)
        header.columns = UInt32(plan.terminalSize?.columns ?? 0)
        var first: UInt32 = 0
        func section(_ steps: [PlanStep]) -> (UInt32, UInt32) {
            defer { first += UInt32(steps.count) }
            return (first, UInt32(steps.count))
        }
        let bounds = [plan.outer, plan.inner, plan.final, plan.after].map(section)
        header.sections.0.first = bounds[0].0
        header.sections.0.count = bounds[0].1
        header.sections.1.first = bounds[1].0
        header.sections.1.count = bounds[1].1
        header.sections.2.first = bounds[2].0
        header.sections.2.count = bounds[2].1
        header.sections.3.first = bounds[3].0
        header.sections.3.count = bounds[3].1
        header.step_count = first
        var records: [apus_step] = []
        records.reserveCapacity(Int(first))
        for step in plan.steps { records.append(record(step)) }
        align(8)
        header.steps = UInt32(block.count)
        for record in records { unsafe withUnsafeBytes(of: record) { unsafe block.append(contentsOf: $0) } }
        block.append(0)  // the last byte ends the last text, whatever it is
        header.size = UInt32(block.count)
        unsafe withUnsafeBytes(of: header) { unsafe block.replaceSubrange(0..<$0.count, with: $0) }
        return block
    }

    private mutating func align(_ size: Int) {
        while block.count % size != 0 { block.append(0) }
    }

    /// The offset of a text, stored once.
    private mutating func text(_ string: String) -> UInt32 {
        if let offset = texts[string] { return offset }
        let offset = UInt32(block.count)
        block.append(contentsOf: string.utf8)
        block.append(0)
        texts[string] = offset
        return offset
    }

    private mutating func array(_ strings: [String]) -> UInt32 {
        var offsets: [UInt32] = []
        offsets.reserveCapacity(strings.count + 1)
        for string in strings { offsets.append(text(string)) }
        return numbers(offsets + [0])
    }

    private mutating func numbers(_ values: [UInt32]) -> UInt32 {
        align(4)
        let offset = UInt32(block.count)
        unsafe values.withUnsafeBytes { unsafe block.append(contentsOf: $0) }
        return offset
    }

    private mutating func bytes(_ values: [UInt8]) -> UInt32 {
        align(8)
        let offset = UInt32(block.count)
        block += values
        return offset
    }

    private mutating func record(_ step: PlanStep) -> apus_step {
        var record = apus_step()
        record.field = text(step.field)
        let operands = step.action.operands
        record.kind = UInt16(operands.kind.rawValue)
        for (index, number) in operands.numbers.enumerated() {
            switch index {
            case 0: record.n.0 = number
            case 1: record.n.1 = number
            case 2: record.n.2 = number
            default: record.n.3 = number
            }
        }
        var offsets = operands.strings.map { $0.map { text($0) } ?? 0 }
        switch step.action {
        case .seccomp(let program): offsets = [bytes(program.instructions)]
        case .scheduler(let attributes): offsets = [bytes(attributes.bytes)]
        case .affinity(let set?): offsets = [bytes(set.mask)]
        case .memoryPolicy(let policy): offsets = [policy.nodes.isEmpty ? 0 : bytes(policy.nodes)]
        case .groups(let groups): offsets = [groups.isEmpty ? 0 : numbers(groups)]
        default: break
        }
        for (index, offset) in offsets.enumerated() {
            switch index {
            case 0: record.s.0 = offset
            case 1: record.s.1 = offset
            case 2: record.s.2 = offset
            default: record.s.3 = offset
            }
        }
        return record
    }
}
