extension UnknownCalls {
    /// One instruction of classic BPF, `struct sock_filter` (linux/filter.h).
    struct Instruction {
        let code: UInt16
        var yes: UInt8 = 0
        var no: UInt8 = 0
        let value: UInt32

        /// What a jump compares the loaded word by.
        enum Comparison: UInt16 {
            case equal = 0x15
            case above = 0x25
            case anyBit = 0x45
        }

        /// Loads a word of `struct seccomp_data`: the call's number at 0, the architecture at 4.
        static func load(_ offset: UInt32) -> Instruction { Instruction(code: 0x20, value: offset) }
        /// Skips `yes` or `no` instructions.
        static func jump(_ comparison: Comparison, _ value: UInt32, yes: UInt8, no: UInt8) -> Instruction {
            Instruction(code: comparison.rawValue, yes: yes, no: no, value: value)
        }
        /// Skips instructions.
        static func skip(_ count: UInt32) -> Instruction { Instruction(code: 0x05, value: count) }
        /// Ends the program.
        static func answer(_ action: UInt32) -> Instruction { Instruction(code: 0x06, value: action) }

        /// The eight bytes in the host's order.
        var bytes: [UInt8] {
            unsafe withUnsafeBytes(of: code, Array.init) + [yes, no] + withUnsafeBytes(of: value, Array.init)
        }
    }
}
