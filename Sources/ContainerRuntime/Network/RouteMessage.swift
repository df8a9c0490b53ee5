/// One message of rtnetlink(7): the header of netlink(7), a fixed part, and attributes, each padded to four bytes.
struct RouteMessage {
    /// RTM_* and NLMSG_*.
    enum Kind: UInt16 {
        case error = 2
        case done = 3
        case newLink = 16
        case getLink = 18
        case newAddress = 20
        case getAddress = 22
    }

    /// NLM_F_*.
    struct Flags: OptionSet {
        let rawValue: UInt16
        static let request = Flags(rawValue: 0x1)
        static let acknowledge = Flags(rawValue: 0x4)
        /// Of a request for many.
        static let dump = Flags(rawValue: 0x300)
        static let replace = Flags(rawValue: 0x100)
        static let create = Flags(rawValue: 0x400)
    }

    let kind: UInt16
    /// The fixed part and the attributes.
    private(set) var body: [UInt8]

    init(_ kind: Kind, _ body: [UInt8]) {
        self.kind = kind.rawValue
        self.body = body
    }

    private init(kind: UInt16, body: [UInt8]) {
        self.kind = kind
        self.body = body
    }

    mutating func add(_ attribute: UInt16, _ value: [UInt8]) {
        body += bytes(UInt16(4 + value.count)) + bytes(attribute) + value
        while body.count % 4 != 0 { body.append(0) }
    }

    /// The message with its header.
    func encoded(_ flags: Flags, sequence: UInt32) -> [UInt8] {
        bytes(UInt32(16 + body.count)) + bytes(kind) + bytes(flags.rawValue) + bytes(sequence) + [0, 0, 0, 0] + body
    }

    /// The messages of one datagram; what is cut off is left out.
    static func list(_ datagram: ArraySlice<UInt8>) -> [(message: RouteMessage, flags: UInt16, sequence: UInt32)] {
        var list: [(message: RouteMessage, flags: UInt16, sequence: UInt32)] = []
        var rest = datagram
        while rest.count >= 16 {
            let length = Int(number(rest, 0, as: UInt32.self))
            guard length >= 16, length <= rest.count else { break }
            let start = rest.startIndex
            let message = RouteMessage(kind: number(rest, 4, as: UInt16.self), body: Array(rest[start + 16..<start + length]))
            list.append((message, number(rest, 6, as: UInt16.self), number(rest, 8, as: UInt32.self)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return list
    }

    /// The attributes behind a fixed part of `offset` bytes.
    func attributes(after offset: Int) -> [UInt16: [UInt8]] {
        var found: [UInt16: [UInt8]] = [:]
        var rest = body.dropFirst(offset)
        while rest.count >= 4 {
            let length = Int(RouteMessage.number(rest, 0, as: UInt16.self))
            guard length >= 4, length <= rest.count else { break }
            let start = rest.startIndex
            // The upper two bits say how the value is to be read.
            found[RouteMessage.number(rest, 2, as: UInt16.self) & 0x3fff] = Array(rest[start + 4..<start + length])
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return found
    }

    /// A number of the body, in the host's order; 0 where the body ends before.
    func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number { RouteMessage.number(body[...], offset, as: type) }

    static func number<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int, as: Number.Type) -> Number {
        guard bytes.count >= offset + MemoryLayout<Number>.size else { return 0 }
        return unsafe bytes.withUnsafeBytes { raw in unsafe raw.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }
}

/// The bytes of a number in the host's order.
func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] { unsafe withUnsafeBytes(of: number) { unsafe Array($0) } }
