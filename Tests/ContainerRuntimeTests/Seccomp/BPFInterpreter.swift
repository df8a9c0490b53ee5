import ContainerRuntime

/// Runs a seccomp filter as the kernel does (classic BPF over `struct seccomp_data`), for tests without root.
struct BPFInterpreter {
    private struct Instruction {
        let code: UInt16
        let yes: UInt8
        let no: UInt8
        let value: UInt32
    }

    /// A program that the kernel would refuse.
    struct Invalid: Error {}

    static let x86_64: UInt32 = 0xC000_003E
    static let i386: UInt32 = 0x4000_0003
    static let aarch64: UInt32 = 0xC000_00B7

    private let program: [Instruction]

    init(_ program: SeccompProgram) {
        let bytes = program.instructions
        self.program = stride(from: 0, to: bytes.count, by: 8).map { start in
            unsafe bytes.withUnsafeBytes { raw in
                unsafe Instruction(
                    code: raw.loadUnaligned(fromByteOffset: start, as: UInt16.self), yes: raw[start + 2], no: raw[start + 3],
                    value: raw.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
            }
        }
    }

    /// The action for a call; every instruction that the kernel allows in a filter and libseccomp uses is understood.
    func run(_ number: Int32, _ arguments: [UInt64] = [], architecture: UInt32 = x86_64) throws -> UInt32 {
        var data = [UInt32(bitPattern: number), architecture, 0, 0]
        for argument in arguments + [UInt64](repeating: 0, count: 6 - arguments.count) {
            data += [UInt32(truncatingIfNeeded: argument), UInt32(argument >> 32)]
        }
        var accumulator: UInt32 = 0
        var position = 0
        while position < program.count {
            let instruction = program[position]
            position += 1
            let value = instruction.value
            switch instruction.code {
            case 0x20:
                guard value % 4 == 0, Int(value / 4) < data.count else { throw Invalid() }
                accumulator = data[Int(value / 4)]
            case 0x54: accumulator &= value
            case 0x05: position += Int(value)
            case 0x15: position += Int(accumulator == value ? instruction.yes : instruction.no)
            case 0x25: position += Int(accumulator > value ? instruction.yes : instruction.no)
            case 0x35: position += Int(accumulator >= value ? instruction.yes : instruction.no)
            case 0x45: position += Int(accumulator & value != 0 ? instruction.yes : instruction.no)
            case 0x06: return value
            default: throw Invalid()
            }
        }
        throw Invalid()
    }
}

/// Actions as the kernel returns them.
enum Action {
    static let allow: UInt32 = 0x7fff_0000
    static let killThread: UInt32 = 0
    static let killProcess: UInt32 = 0x8000_0000
    static func errno(_ number: UInt32) -> UInt32 { 0x0005_0000 | number }
    static let denied = errno(1)
    static let unknown = errno(38)
}
