/// The name of a blob by its content: `sha256:` and 64 hexadecimal digits (image-spec, descriptor.md, "Digests").
///
/// Only SHA-256 is known; every registry and engine of today writes it.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 64 digits in lower case, which are also the blob's file name.
    public let hex: String

    /// Takes 64 digits; nil for anything else.
    ///
    /// Not generic over strings: an unspecialised generic costs a search of the program's conformances on the way to a start.
    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(isLowerHexDigit) else { return nil }
        self.hex = hex
    }

    /// Takes `sha256:` and 64 digits; nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: String(text.dropFirst(7)))
    }

    /// Takes the 32 bytes of a hash.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `sha256:` and the digits.
    public var description: String { "sha256:\(hex)" }

    /// The first 12 digits, the form that listings show.
    public var short: String { String(hex.prefix(12)) }

    /// The order of the digits.
    public static func < (left: Digest, right: Digest) -> Bool { left.hex < right.hex }
}

extension Digest: Codable {
    /// Reads a string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text.prefix(100))\" is no sha256 digest")
        }
        self = digest
    }

    /// Writes a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private func isLowerHexDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...102).contains(byte)
}
