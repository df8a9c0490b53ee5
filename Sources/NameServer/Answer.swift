/// Makes answers (RFC 1035, section 4.1).
public enum Answer {
    /// RCODE.
    public enum Code: UInt16, Sendable {
        /// There is an answer, or the name has no records of this type.
        case none = 0
        /// The question cannot be understood.
        case malformed = 1
        /// Those who could know do not answer.
        case failure = 2
        /// There is no such name.
        case noName = 3
        /// Such questions are not answered here.
        case refused = 5
    }

    /// What a record holds.
    public enum Record: Sendable, Equatable {
        /// An address: 4 or 16 bytes.
        case address([UInt8])
        /// A name.
        case name(String)
    }

    /// Seconds for which an answer may be kept: containers come and go.
    static let lifetime: UInt32 = 5

    /// The message that answers a question with these records.
    ///
    /// What does not fit is left out, and the asker told to come by TCP.
    ///
    /// - Parameter limit: bytes of the message at most.
    public static func message(_ question: Question, _ records: [Record], _ code: Code = .none, limit: Int) -> [UInt8] {
        var body: [UInt8] = []
        var count: UInt16 = 0
        var isCut = false
        let room = limit - 12 - question.bytes.count - (question.hasExtension ? 11 : 0)
        for record in records {
            let encoded = encode(record)
            if body.count + encoded.count > room {
                isCut = true
                break
            }
            body += encoded
            count += 1
        }
        // Response, recursion as desired, recursion available; authoritative, as nobody else knows.
        var flags: UInt16 = 0x8080 | question.flags & 0x0100 | code.rawValue
        if code == .none || code == .noName { flags |= 0x0400 }
        if isCut { flags |= 0x0200 }
        var message = bytes(question.id) + bytes(flags) + bytes(1) + bytes(count) + bytes(0) + bytes(question.hasExtension ? 1 : 0)
        message += question.bytes + body
        // OPT with the size that we take ourselves.
        if question.hasExtension { message += [0, 0, 41] + bytes(4096) + [0, 0, 0, 0, 0, 0] }
        return message
    }

    /// The message for what cannot be read as a question: its number alone; nil where even that is not there, or it is an answer itself.
    public static func malformed(_ message: [UInt8]) -> [UInt8]? {
        guard message.count >= 12, message[2] & 0x80 == 0 else { return nil }
        let code: UInt16 = message[2] & 0x78 != 0 ? 4 : Code.malformed.rawValue
        return Array(message[0..<2]) + bytes(0x8080 | code) + [UInt8](repeating: 0, count: 8)
    }

    private static func encode(_ record: Record) -> [UInt8] {
        // The name is the question's: a pointer to it.
        let head: [UInt8] = [0xc0, 12]
        let time = [UInt8(lifetime >> 24), UInt8(lifetime >> 16 & 255), UInt8(lifetime >> 8 & 255), UInt8(lifetime & 255)]
        switch record {
        case .address(let address):
            let kind = address.count == 4 ? Question.Kind.a : Question.Kind.aaaa
            return head + bytes(kind) + [0, 1] + time + bytes(UInt16(address.count)) + address
        case .name(let name):
            var encoded: [UInt8] = []
            for label in name.utf8.split(separator: UInt8(ascii: ".")) {
                let part = label.prefix(63)
                encoded.append(UInt8(part.count))
                encoded.append(contentsOf: part)
            }
            encoded.append(0)
            return head + bytes(Question.Kind.pointer) + [0, 1] + time + bytes(UInt16(encoded.count)) + encoded
        }
    }

    private static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] }
}
