/// Compiles device rules to a program for cgroup v2 (BPF_PROG_TYPE_CGROUP_DEVICE; the kernel's instruction-set.rst).
///
/// The program goes from the last rule to the first and keeps two sets: the access that no rule has decided yet, and what was denied. It
/// allows when nothing was denied; what no rule decides is allowed, as a new cgroup has the rights of the one above, whose program is
/// asked too. A first rule that denies everything denies what is left.
///
/// It has one branch: every branch costs the kernel's verifier some 6 us, and that at each start.
func deviceProgram(_ rules: [DeviceRule]) -> [UInt64] {
    var code = DeviceProgramBuilder()
    code.loadContext()
    for rule in rules.reversed() {
        if rule.isForAll {
            if !rule.allow { code.emit(BPF.or, Register.denied, from: Register.undecided) }
            break
        }
        code.append(rule)
    }
    code.answer()
    return code.instructions
}

/// The registers of the program.
private enum Register {
    static let answer: UInt8 = 0
    static let context: UInt8 = 1
    static let kind: UInt8 = 2
    static let undecided: UInt8 = 3
    /// `kind << 32 | major << 20 | minor`: Linux has 12 bits for major and 20 for minor numbers.
    static let device: UInt8 = 4
    /// `kind << 12 | major`.
    static let family: UInt8 = 5
    static let denied: UInt8 = 6
    /// Zero where the device is the rule's.
    static let isOther: UInt8 = 7
    static let scratch: UInt8 = 8
}

private struct DeviceProgramBuilder {
    private(set) var instructions = [UInt64]()

    mutating func emit(_ code: UInt8, _ destination: UInt8, from source: UInt8 = 0, offset: Int16 = 0, constant: Int32 = 0) {
        instructions.append(
            UInt64(code) | UInt64(destination | source << 4) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
                | UInt64(UInt32(bitPattern: constant)) << 32)
    }

    /// struct bpf_cgroup_dev_ctx: access << 16 | kind, major, minor, 32 bits each.
    mutating func loadContext() {
        emit(BPF.load32, Register.kind, from: Register.context)
        emit(BPF.move, Register.undecided, from: Register.kind)
        emit(BPF.andConstant, Register.kind, constant: 0xffff)
        emit(BPF.shiftRight, Register.undecided, constant: 16)
        emit(BPF.load32, Register.family, from: Register.context, offset: 4)
        emit(BPF.load32, Register.device, from: Register.context, offset: 8)
        emit(BPF.move, Register.scratch, from: Register.kind)
        emit(BPF.shiftLeft, Register.scratch, constant: 12)
        emit(BPF.or, Register.family, from: Register.scratch)
        emit(BPF.move, Register.scratch, from: Register.family)
        emit(BPF.shiftLeft, Register.scratch, constant: 20)
        emit(BPF.or, Register.device, from: Register.scratch)
        emit(BPF.moveConstant, Register.denied)
    }

    mutating func answer() {
        emit(BPF.moveConstant, Register.answer, constant: 1)
        emit(BPF.jumpEqual, Register.denied, offset: 1)
        emit(BPF.moveConstant, Register.answer)
        emit(BPF.exit, 0)
    }

    mutating func append(_ rule: DeviceRule) {
        compare(rule)
        // Any difference becomes 1, as x | -x has the sign bit for every x but zero; and then the whole access of the rule. A shift that
        // keeps the sign would do with less, but the verifier of Linux 6.18 follows both of its results, and so 2^rules ways (27 ms).
        emit(BPF.move, Register.scratch, from: Register.isOther)
        emit(BPF.negate, Register.scratch)
        emit(BPF.or, Register.isOther, from: Register.scratch)
        emit(BPF.shiftRight, Register.isOther, constant: 63)
        emit(BPF.multiply, Register.isOther, constant: rule.access.rawValue)
        emit(BPF.orConstant, Register.isOther, constant: ~rule.access.rawValue)
        if !rule.allow { emit(BPF.move, Register.scratch, from: Register.undecided) }
        emit(BPF.and, Register.undecided, from: Register.isOther)
        if !rule.allow {
            emit(BPF.xor, Register.scratch, from: Register.undecided)
            emit(BPF.or, Register.denied, from: Register.scratch)
        }
    }

    /// Leaves zero in `isOther` when the device is the rule's.
    private mutating func compare(_ rule: DeviceRule) {
        switch (rule.kind?.rawValue, rule.major, rule.minor) {
        case (let kind?, let major?, let minor?):
            // A constant of 64 bits takes two instructions, the upper half in the second.
            emit(BPF.loadConstant64, Register.isOther, constant: Int32(bitPattern: UInt32(major) << 20 | UInt32(minor)))
            emit(0, 0, constant: kind)
            emit(BPF.xor, Register.isOther, from: Register.device)
        case (let kind?, let major?, nil):
            emit(BPF.move, Register.isOther, from: Register.family)
            emit(BPF.xorConstant, Register.isOther, constant: kind << 12 | major)
        case (let kind, let major, let minor):
            emit(BPF.moveConstant, Register.isOther)
            for (value, register, mask) in [(kind, Register.kind, 0xffff), (major, Register.family, 0xfff), (minor, Register.device, 0xfffff)]
                as [(Int32?, UInt8, Int32)]
            {
                guard let value else { continue }
                emit(BPF.move, Register.scratch, from: register)
                emit(BPF.andConstant, Register.scratch, constant: mask)
                emit(BPF.xorConstant, Register.scratch, constant: value)
                emit(BPF.or, Register.isOther, from: Register.scratch)
            }
        }
    }
}

/// Opcodes as linux/bpf.h composes them: class, size or operation, source.
private enum BPF {
    static let load32: UInt8 = 0x61  // BPF_LDX | BPF_MEM | BPF_W
    static let loadConstant64: UInt8 = 0x18  // BPF_LD | BPF_IMM | BPF_DW
    static let move: UInt8 = 0xbf  // BPF_ALU64 | BPF_MOV | BPF_X
    static let moveConstant: UInt8 = 0xb7  // BPF_ALU64 | BPF_MOV | BPF_K
    static let and: UInt8 = 0x5f  // BPF_ALU64 | BPF_AND | BPF_X
    static let andConstant: UInt8 = 0x57  // BPF_ALU64 | BPF_AND | BPF_K
    static let or: UInt8 = 0x4f  // BPF_ALU64 | BPF_OR | BPF_X
    static let orConstant: UInt8 = 0x47  // BPF_ALU64 | BPF_OR | BPF_K
    static let xor: UInt8 = 0xaf  // BPF_ALU64 | BPF_XOR | BPF_X
    static let xorConstant: UInt8 = 0xa7  // BPF_ALU64 | BPF_XOR | BPF_K
    static let negate: UInt8 = 0x87  // BPF_ALU64 | BPF_NEG
    static let shiftLeft: UInt8 = 0x67  // BPF_ALU64 | BPF_LSH | BPF_K
    static let shiftRight: UInt8 = 0x77  // BPF_ALU64 | BPF_RSH | BPF_K
    static let multiply: UInt8 = 0x27  // BPF_ALU64 | BPF_MUL | BPF_K
    static let jumpEqual: UInt8 = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    static let exit: UInt8 = 0x95  // BPF_JMP | BPF_EXIT
}
