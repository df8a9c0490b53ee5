/// One instruction of classic BPF, `struct sock_filter` (linux/filter.h).
struct FilterInstruction: Equatable {
    let code: UInt16
    var yes: UInt8 = 0
    var no: UInt8 = 0
    var value: UInt32

    /// What a jump compares the loaded word by.
    enum Comparison: UInt16 {
        case equal = 0x15
        case above = 0x25
        case atLeast = 0x35
        case anyBit = 0x45
    }

    static let load: UInt16 = 0x20
    static let skip: UInt16 = 0x05
    static let answer: UInt16 = 0x06

    /// Loads a word of `struct seccomp_data`: the call's number at 0, the architecture at 4, arguments from 16 on.
    static func load(_ offset: UInt32) -> FilterInstruction { FilterInstruction(code: load, value: offset) }
    /// Skips `yes` or `no` instructions.
    static func jump(_ comparison: Comparison, _ value: UInt32, yes: UInt8, no: UInt8) -> FilterInstruction {
        FilterInstruction(code: comparison.rawValue, yes: yes, no: no, value: value)
    }
    /// Skips instructions.
    static func skip(_ count: UInt32) -> FilterInstruction { FilterInstruction(code: skip, value: count) }
    /// Ends the program.
    static func answer(_ action: UInt32) -> FilterInstruction { FilterInstruction(code: answer, value: action) }

    /// The eight bytes in the host's order.
    var bytes: [UInt8] {
        unsafe withUnsafeBytes(of: code, Array.init) + [yes, no] + withUnsafeBytes(of: value, Array.init)
    }

    /// The instructions that these bytes are.
    static func list(_ bytes: [UInt8]) -> [FilterInstruction] {
        unsafe bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count - 7, by: 8).map { start in
                unsafe FilterInstruction(
                    code: raw.loadUnaligned(fromByteOffset: start, as: UInt16.self), yes: raw[start + 2], no: raw[start + 3],
                    value: raw.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
            }
        }
    }
}
