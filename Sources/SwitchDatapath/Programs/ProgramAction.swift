import CFlow

/// One action as datapaths carry it out: `struct apus_action` in its layout.
struct ProgramAction: Equatable {
    /// APUS_ACTION_*.
    enum Kind: UInt8 {
        case output = 1
        case pushVLAN = 2
        case popVLAN = 3
        case set = 4
        case meter = 5
        case upcall = 6
        case drop = 7
    }

    var kind: UInt8
    /// APUS_FIELD_* of a set.
    var field: UInt8 = 0
    /// 1 for the one output behind which nothing follows.
    var last: UInt8 = 0
    var reserved: UInt8 = 0
    /// A number whose meaning depends on the kind; of an output how many ports.
    var argument: UInt32 = 0
    /// Ports, or 16 bytes of value and 16 of mask.
    var payload: InlineArray<8, UInt32> = InlineArray(repeating: 0)

    init(_ kind: Kind, argument: UInt32 = 0) {
        self.kind = kind.rawValue
        self.argument = argument
    }

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    /// The bytes as they lie in memory.
    var words: [UInt64] {
        var words = [UInt64(kind) | UInt64(field) << 8 | UInt64(last) << 16 | UInt64(argument) << 32]
        for index in 0..<4 { words.append(UInt64(payload[2 * index]) | UInt64(payload[2 * index + 1]) << 32) }
        return words
    }
}
