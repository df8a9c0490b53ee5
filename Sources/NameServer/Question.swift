/// What a message of the domain name system asks (RFC 1035, section 4): its head, and its one question.
///
/// Nothing behind the question is looked at but the size that the asker takes (EDNS, RFC 6891); other questions are somebody else's to answer.
public struct Question: Sendable, Equatable {
    /// Types of records.
    public enum Kind {
        /// An IPv4 address.
        public static let a: UInt16 = 1
        /// The name of an address.
        public static let pointer: UInt16 = 12
        /// An IPv6 address.
        public static let aaaa: UInt16 = 28
        /// Everything.
        public static let any: UInt16 = 255
    }

    /// The asker's number.
    public let id: UInt16
    /// The flags of the head.
    public let flags: UInt16
    /// The name's parts, in lower case.
    public let labels: [[UInt8]]
    /// The type of records that are wanted.
    public let kind: UInt16
    /// The class, 1 for the Internet.
    public let networkClass: UInt16
    /// The question as it came, for the answer: letters keep their case.
    public let bytes: [UInt8]
    /// Bytes of the longest datagram that the asker takes.
    public let size: Int
    /// Whether the asker speaks EDNS.
    public let hasExtension: Bool

    /// The name, with dots between its parts.
    public var name: String { labels.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".") }

    /// Whether recursion is desired.
    public var wantsRecursion: Bool { flags & 0x0100 != 0 }

    /// Reads a query with one question; nil for anything else.
    public init?(_ message: [UInt8]) {
        guard message.count >= 12 else { return nil }
        func number(_ offset: Int) -> UInt16 { UInt16(message[offset]) << 8 | UInt16(message[offset + 1]) }
        id = number(0)
        flags = number(2)
        // A query (not a response) of the standard kind, with one question and no answers.
        guard flags & 0xf800 == 0, number(4) == 1, number(6) == 0, number(8) == 0 else { return nil }
        var at = 12
        var labels: [[UInt8]] = []
        while true {
            guard at < message.count else { return nil }
            let length = Int(message[at])
            if length == 0 { break }
            // A pointer has nothing before it to point to.
            guard length < 64, at + 1 + length < message.count, at + length < 12 + 254 else { return nil }
            labels.append(message[at + 1...at + length].map { (65...90).contains($0) ? $0 + 32 : $0 })
            at += 1 + length
        }
        guard at + 5 <= message.count else { return nil }
        self.labels = labels
        kind = number(at + 1)
        networkClass = number(at + 3)
        bytes = Array(message[12..<at + 5])
        // OPT: an empty name, type 41, and the size in the place of the class.
        at += 5
        if number(10) >= 1, at + 11 <= message.count, message[at] == 0, number(at + 1) == 41 {
            size = max(512, min(4096, Int(number(at + 3))))
            hasExtension = true
        } else {
            size = 512
            hasExtension = false
        }
    }

    /// The address that a name below in-addr.arpa or ip6.arpa stands for: 4 or 16 bytes; nil for another name.
    public var reverse: [UInt8]? {
        let text = labels.map { String(decoding: $0, as: UTF8.self) }
        guard text.count > 2, text[text.count - 1] == "arpa" else { return nil }
        let digits = text.dropLast(2).reversed()
        switch text[text.count - 2] {
        case "in-addr" where digits.count == 4:
            let bytes = digits.compactMap { $0.utf8.count <= 3 && $0.utf8.allSatisfy { (48...57).contains($0) } ? UInt8($0) : nil }
            return bytes.count == 4 ? bytes : nil
        case "ip6" where digits.count == 32:
            let nibbles = digits.compactMap { $0.utf8.count == 1 && $0 != "+" && $0 != "-" ? UInt8($0, radix: 16) : nil }
            guard nibbles.count == 32 else { return nil }
            return stride(from: 0, to: 32, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
        default: return nil
        }
    }
}
