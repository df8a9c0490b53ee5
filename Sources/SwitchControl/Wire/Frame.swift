public import LinuxSystem

/// The head of every message on the control socket: eight bytes before the message itself.
///
///     length of the message   32 bits
///     version of the protocol 16 bits
///     kind                    16 bits: 1 request, 2 reply
///
/// The head and the reply `.failed` stay as they are in all versions, so that programs of different versions can tell each other so.
public struct Frame: Equatable, Sendable {
    /// The version of the protocol that this program speaks.
    public static let version: UInt16 = 1
    /// The size of the head in bytes.
    public static let headSize = 8
    /// The longest message in bytes; enough for a dump of a million rules.
    public static let limit = 256 << 20

    /// What a message is.
    public enum Kind: UInt16, Sendable {
        /// From a client.
        case request = 1
        /// From the daemon.
        case reply = 2
    }

    /// The length of the message in bytes.
    public let length: Int
    /// The sender's version of the protocol.
    public let version: UInt16
    /// What the message is.
    public let kind: Kind

    /// Reads the head at the start of `bytes`; nil where it is not whole yet.
    ///
    /// - Throws: `.malformed` for what is no head.
    public init?(_ bytes: ArraySlice<UInt8>) throws(ApusError) {
        guard bytes.count >= Frame.headSize else { return nil }
        let start = bytes.startIndex
        func number(_ offset: Int, _ size: Int) -> Int { (0..<size).reduce(0) { $0 | Int(bytes[start + offset + $1]) << ($1 * 8) } }
        length = number(0, 4)
        version = UInt16(number(4, 2))
        guard let kind = Kind(rawValue: UInt16(number(6, 2))) else { throw WireCoder.malformed("it is neither request nor reply") }
        self.kind = kind
        if length > Frame.limit { throw WireCoder.malformed("\(length) bytes are too many") }
    }

    /// A message with its head.
    static func wrap(_ message: [UInt8], _ kind: Kind) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(headSize + message.count)
        for shift in stride(from: 0, to: 32, by: 8) { head.append(UInt8(truncatingIfNeeded: message.count >> shift)) }
        for number in [version, kind.rawValue] { head += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)] }
        return head + message
    }
}
