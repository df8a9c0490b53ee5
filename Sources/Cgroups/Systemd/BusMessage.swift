/// One value of D-Bus, of the few types that systemd's scopes need.
enum BusValue: Equatable {
    case string(String)
    case bool(Bool)
    case number(UInt64)
    case strings([String])
    case processes([UInt32])
    case bytes([UInt8])

    /// The type as D-Bus writes it.
    var signature: String {
        switch self {
        case .string: "s"
        case .bool: "b"
        case .number: "t"
        case .strings: "as"
        case .processes: "au"
        case .bytes: "ay"
        }
    }
}

/// One property of a unit.
struct BusProperty: Equatable {
    var name: String
    var value: BusValue
}

/// Writes values in D-Bus's form, little-endian, each aligned to its size from the message's start.
struct BusWriter {
    private(set) var bytes = [UInt8]()

    mutating func align(_ size: Int) {
        while bytes.count % size != 0 { bytes.append(0) }
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: UInt32) {
        align(4)
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func string(_ text: String) {
        number(UInt32(text.utf8.count))
        bytes += Array(text.utf8) + [0]
    }

    mutating func signature(_ text: String) {
        bytes += [UInt8(text.utf8.count)] + Array(text.utf8) + [0]
    }

    /// An array: its length in bytes, which does not count what aligns the first element.
    mutating func array(of alignment: Int, _ body: (inout BusWriter) -> Void) {
        number(0)
        let place = bytes.count - 4
        align(alignment)
        let start = bytes.count
        body(&self)
        let length = UInt32(bytes.count - start)
        for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index))) }
    }

    mutating func variant(_ value: BusValue) {
        signature(value.signature)
        switch value {
        case .string(let text): string(text)
        case .bool(let flag): number(flag ? 1 : 0)
        case .number(let value):
            align(8)
            number(UInt32(truncatingIfNeeded: value))
            number(UInt32(value >> 32))
        case .strings(let list): array(of: 4) { writer in for text in list { writer.string(text) } }
        case .processes(let list): array(of: 4) { writer in for process in list { writer.number(process) } }
        case .bytes(let list): array(of: 1) { writer in for value in list { writer.byte(value) } }
        }
    }

    mutating func properties(_ list: [BusProperty]) {
        array(of: 8) { writer in
            for property in list {
                writer.align(8)
                writer.string(property.name)
                writer.variant(property.value)
            }
        }
    }

    /// A call of a method of systemd's manager.
    static func call(_ member: String, serial: UInt32, signature: String, _ body: (inout BusWriter) -> Void) -> [UInt8] {
        var content = BusWriter()
        body(&content)
        var message = BusWriter()
        message.bytes = [UInt8(ascii: "l"), 1, 0, 1]  // little-endian, method call, no flags, protocol version
        message.number(UInt32(content.bytes.count))
        message.number(serial)
        let fields: [(UInt8, String, String)] = [
            (1, "o", "/org/freedesktop/systemd1"), (2, "s", "org.freedesktop.systemd1.Manager"), (3, "s", member), (6, "s", "org.freedesktop.systemd1"),
        ]
        message.array(of: 8) { writer in
            for (code, type, text) in fields {
                writer.align(8)
                writer.byte(code)
                writer.signature(type)
                writer.string(text)
            }
            writer.align(8)
            writer.byte(8)
            writer.signature("g")
            writer.signature(signature)
        }
        message.align(8)
        return message.bytes + content.bytes
    }
}

/// What is read of a message: enough to know an answer and the end of a job.
struct BusMessage: Equatable {
    enum Kind: UInt8 { case call = 1, answer = 2, error = 3, signal = 4 }

    var kind: Kind
    /// Of the call that this answers.
    var answers: UInt32 = 0
    var member = ""
    var errorName = ""
    /// The strings and object paths at the body's start, behind numbers (`o`, `s`, `uoss`).
    var strings = [String]()

    /// The length of a whole message from its first 16 bytes; nil where they are none.
    static func length(_ head: [UInt8]) -> Int? {
        guard head.count >= 16, head[0] == UInt8(ascii: "l"), head[3] == 1 else { return nil }
        let (body, fields) = (Int(number(head, 4)), Int(number(head, 12)))
        guard body <= 1 << 20, fields <= 1 << 20 else { return nil }
        return (16 + fields + 7) / 8 * 8 + body
    }

    init?(_ bytes: [UInt8]) {
        guard let length = Self.length(bytes), length == bytes.count, let kind = Kind(rawValue: bytes[1]) else { return nil }
        self.kind = kind
        let end = 16 + Int(Self.number(bytes, 12))
        var signature = ""
        var place = 16
        while place < end {
            place = (place + 7) / 8 * 8
            guard place + 4 <= end, bytes[place + 1] == 1 else { return nil }
            let (code, type) = (bytes[place], bytes[place + 2])
            place += 4
            switch type {
            case UInt8(ascii: "u"):
                guard place + 4 <= end else { return nil }
                if code == 5 { answers = Self.number(bytes, place) }
                place += 4
            case UInt8(ascii: "g"):
                guard place < end, let text = Self.text(bytes, place + 1, Int(bytes[place]), end) else { return nil }
                if code == 8 { signature = text }
                place += Int(bytes[place]) + 2
            case UInt8(ascii: "s"), UInt8(ascii: "o"):
                guard let text = Self.string(bytes, &place, end) else { return nil }
                if code == 3 { member = text }
                if code == 4 { errorName = text }
            default: return nil
            }
        }
        place = (end + 7) / 8 * 8
        for type in signature {
            place = (place + 3) / 4 * 4
            switch type {
            case "u": place += 4
            case "s", "o":
                guard let text = Self.string(bytes, &place, bytes.count) else { return nil }
                strings.append(text)
            default: return
            }
        }
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
    }

    private static func text(_ bytes: [UInt8], _ place: Int, _ count: Int, _ end: Int) -> String? {
        place + count < end ? String(decoding: bytes[place..<(place + count)], as: UTF8.self) : nil
    }

    private static func string(_ bytes: [UInt8], _ place: inout Int, _ end: Int) -> String? {
        guard place + 4 <= end else { return nil }
        let count = Int(number(bytes, place))
        guard count <= 1 << 20, let text = text(bytes, place + 4, count, end) else { return nil }
        place += 4 + count + 1
        return text
    }
}
