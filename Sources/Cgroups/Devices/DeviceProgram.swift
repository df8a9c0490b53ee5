/// Compiles device rules to a program for cgroup v2 (BPF_PROG_TYPE_CGROUP_DEVICE; the kernel's instruction-set.rst).
///
/// The program goes from the last rule to the first. An allowing rule takes its kinds of access off what is still to be decided, and
/// answers yes when nothing is left; a denying one answers no when it names any of it. What no rule decides is allowed: a new cgroup
/// has the rights of the one above, whose program is asked too.
func deviceProgram(_ rules: [DeviceRule]) -> [UInt64] {
    var code = DeviceProgramBuilder()
    code.loadContext()
    for rule in rules.reversed() {
        code.append(rule)
        // The verifier refuses what can never be reached.
        if rule.isForAll { return code.instructions }
    }
    code.answer(true)
    return code.instructions
}

/// Registers: r1 the context, r2 the type, r3 the access still to be decided, r4 major, r5 minor, r6 scratch, r0 the answer.
private struct DeviceProgramBuilder {
    private(set) var instructions = [UInt64]()

    private mutating func emit(_ code: UInt8, _ destination: UInt8, from source: UInt8 = 0, offset: Int16 = 0, constant immediate: Int32 = 0) {
        instructions.append(
            UInt64(code) | UInt64(destination | source << 4) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
                | UInt64(UInt32(bitPattern: immediate)) << 32)
    }

    /// struct bpf_cgroup_dev_ctx: access << 16 | type, major, minor, 32 bits each.
    mutating func loadContext() {
        emit(BPF.load32, 2, from: 1)
        emit(BPF.move, 3, from: 2)
        emit(BPF.and, 2, constant: 0xffff)
        emit(BPF.shiftRight, 3, constant: 16)
        emit(BPF.load32, 4, from: 1, offset: 4)
        emit(BPF.load32, 5, from: 1, offset: 8)
    }

    mutating func answer(_ allowed: Bool) {
        emit(BPF.moveConstant, 0, constant: allowed ? 1 : 0)
        emit(BPF.exit, 0)
    }

    mutating func append(_ rule: DeviceRule) {
        let decision = decision(of: rule)
        let tests = [(UInt8(2), rule.kind?.rawValue), (4, rule.major), (5, rule.minor)].compactMap { register, value in value.map { (register, $0) } }
        for (index, test) in tests.enumerated() {
            let rest = tests.count - index - 1 + decision.count
            emit(BPF.jumpNotEqual, test.0, offset: Int16(rest), constant: test.1)
        }
        instructions += decision
    }

    private func decision(of rule: DeviceRule) -> [UInt64] {
        var part = DeviceProgramBuilder()
        if rule.access != .all {
            if rule.allow {
                part.emit(BPF.and, 3, constant: DeviceAccess.all.subtracting(rule.access).rawValue)
                part.emit(BPF.jumpNotEqual, 3, offset: 2)
            } else {
                part.emit(BPF.move, 6, from: 3)
                part.emit(BPF.and, 6, constant: rule.access.rawValue)
                part.emit(BPF.jumpEqual, 6, offset: 2)
            }
        }
        part.answer(rule.allow)
        return part.instructions
    }
}

/// Opcodes as linux/bpf.h composes them: class, size or operation, source.
private enum BPF {
    static let load32: UInt8 = 0x61  // BPF_LDX | BPF_MEM | BPF_W
    static let move: UInt8 = 0xbf  // BPF_ALU64 | BPF_MOV | BPF_X
    static let moveConstant: UInt8 = 0xb7  // BPF_ALU64 | BPF_MOV | BPF_K
    static let and: UInt8 = 0x57  // BPF_ALU64 | BPF_AND | BPF_K
    static let shiftRight: UInt8 = 0x77  // BPF_ALU64 | BPF_RSH | BPF_K
    static let jumpEqual: UInt8 = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    static let jumpNotEqual: UInt8 = 0x55  // BPF_JMP | BPF_JNE | BPF_K
    static let exit: UInt8 = 0x95  // BPF_JMP | BPF_EXIT
}
