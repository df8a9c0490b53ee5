/// Attributes of netlink(7), one after the other: length, kind, value, padded to four bytes.
public struct AttributeList: Sendable, Equatable {
    /// The encoded attributes.
    public private(set) var bytes: [UInt8] = []

    /// No attributes.
    public init() {}

    /// Adds bytes.
    public mutating func add(_ kind: UInt16, _ value: [UInt8]) {
        bytes += hostBytes(UInt16(4 + value.count)) + hostBytes(kind) + value
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// Adds a number in the host's order, as rtnetlink wants it.
    public mutating func add(_ kind: UInt16, _ number: some FixedWidthInteger) { add(kind, hostBytes(number)) }

    /// Adds a number in the network's order, as nfnetlink wants it.
    public mutating func add(_ kind: UInt16, bigEndian number: some FixedWidthInteger) { add(kind, hostBytes(number.bigEndian)) }

    /// Adds a text with its final 0.
    public mutating func add(_ kind: UInt16, text: String) { add(kind, Array(text.utf8) + [0]) }

    /// Adds attributes inside an attribute (NLA_F_NESTED).
    public mutating func nest(_ kind: UInt16, _ body: (inout AttributeList) -> Void) {
        var inner = AttributeList()
        body(&inner)
        add(kind | 0x8000, inner.bytes)
    }

    /// The attributes of encoded bytes by kind; what is cut off is left out, and of a kind that comes twice the last one counts.
    public static func read(_ bytes: ArraySlice<UInt8>) -> [UInt16: [UInt8]] {
        var found: [UInt16: [UInt8]] = [:]
        for (kind, value) in list(bytes) { found[kind] = Array(value) }
        return found
    }

    /// The attributes of encoded bytes in their order; what is cut off is left out.
    public static func list(_ bytes: ArraySlice<UInt8>) -> [(kind: UInt16, value: ArraySlice<UInt8>)] {
        var found: [(kind: UInt16, value: ArraySlice<UInt8>)] = []
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(readNumber(rest, 0, as: UInt16.self))
            guard length >= 4, length <= rest.count else { break }
            let start = rest.startIndex
            // The upper two bits say how the value is to be read.
            found.append((readNumber(rest, 2, as: UInt16.self) & 0x3fff, rest[start + 4..<start + length]))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return found
    }
}

/// The bytes of a number in the host's order.
func hostBytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] { unsafe withUnsafeBytes(of: number) { unsafe Array($0) } }

/// A number in the host's order; 0 where the bytes end before.
func readNumber<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int, as: Number.Type) -> Number {
    guard bytes.count >= offset + MemoryLayout<Number>.size else { return 0 }
    return unsafe bytes.withUnsafeBytes { raw in unsafe raw.loadUnaligned(fromByteOffset: offset, as: Number.self) }
}
