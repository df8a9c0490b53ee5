/// One message of netlink(7): a header, a fixed part that depends on the kind, and attributes.
public struct NetlinkMessage: Sendable, Equatable {
    /// NLM_F_*.
    public struct Flags: OptionSet, Sendable {
        /// The kernel's bits.
        public let rawValue: UInt16
        /// Takes the kernel's bits.
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// A request, not an answer.
        public static let request = Flags(rawValue: 0x1)
        /// More parts follow.
        public static let multi = Flags(rawValue: 0x2)
        /// The kernel shall say that it is done.
        public static let acknowledge = Flags(rawValue: 0x4)
        /// What is listed has changed meanwhile.
        public static let interrupted = Flags(rawValue: 0x10)
        /// A request for many.
        public static let dump = Flags(rawValue: 0x300)
        /// What is there is replaced.
        public static let replace = Flags(rawValue: 0x100)
        /// What is there is an error.
        public static let exclusive = Flags(rawValue: 0x200)
        /// What is not there is made.
        public static let create = Flags(rawValue: 0x400)
        /// Of an error: attributes follow the request's header.
        static let withAttributes = Flags(rawValue: 0x200)
    }

    /// NLMSG_ERROR, with 0 an acknowledgement.
    static let error: UInt16 = 2
    /// NLMSG_DONE: the end of a list.
    static let done: UInt16 = 3

    /// What the message is: RTM_* of rtnetlink, or a subsystem and a number of nfnetlink.
    public let kind: UInt16
    /// How it is meant.
    public let flags: Flags
    /// Which request it belongs to; 0 for an event.
    public let sequence: UInt32
    /// The fixed part and the attributes.
    public private(set) var body: [UInt8]

    /// A message that is to be sent; it gets its number when it is.
    public init(_ kind: UInt16, _ body: [UInt8], flags: Flags = []) {
        self.init(kind: kind, flags: flags, sequence: 0, body: body)
    }

    private init(kind: UInt16, flags: Flags, sequence: UInt32, body: [UInt8]) {
        self.kind = kind
        self.flags = flags
        self.sequence = sequence
        self.body = body
    }

    /// Adds attributes behind what is there.
    public mutating func add(_ attributes: AttributeList) { body += attributes.bytes }

    /// Adds one attribute.
    public mutating func add(_ attribute: UInt16, _ value: [UInt8]) {
        var list = AttributeList()
        list.add(attribute, value)
        body += list.bytes
    }

    /// The message with its header.
    public func encoded(_ flags: Flags, sequence: UInt32) -> [UInt8] {
        hostBytes(UInt32(16 + body.count)) + hostBytes(kind) + hostBytes(flags.rawValue) + hostBytes(sequence) + [0, 0, 0, 0] + body
    }

    /// The messages of one datagram; what is cut off is left out.
    public static func list(_ datagram: ArraySlice<UInt8>) -> [NetlinkMessage] {
        var list: [NetlinkMessage] = []
        var rest = datagram
        while rest.count >= 16 {
            let length = Int(readNumber(rest, 0, as: UInt32.self))
            guard length >= 16, length <= rest.count else { break }
            let start = rest.startIndex
            list.append(
                NetlinkMessage(
                    kind: readNumber(rest, 4, as: UInt16.self), flags: Flags(rawValue: readNumber(rest, 6, as: UInt16.self)),
                    sequence: readNumber(rest, 8, as: UInt32.self), body: Array(rest[start + 16..<start + length])))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return list
    }

    /// The attributes behind a fixed part of `offset` bytes.
    public func attributes(after offset: Int) -> [UInt16: [UInt8]] { AttributeList.read(body.dropFirst(offset)) }

    /// A number of the body, in the host's order; 0 where the body ends before.
    public func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number { readNumber(body[...], offset, as: type) }
}
