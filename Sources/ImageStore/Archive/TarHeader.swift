import LinuxSystem

/// The 512 bytes in front of a member (tar(5); POSIX pax, "ustar Interchange Format"; GNU tar manual, "Standard").
struct TarHeader {
    static let size = 512

    /// The three families, told by the magic at offset 257.
    enum Dialect { case v7, ustar, gnu }

    let bytes: [UInt8]
    let dialect: Dialect

    /// Takes a whole block.
    ///
    /// - Throws: `.malformed` where the checksum does not hold.
    init(_ bytes: [UInt8]) throws(ApusError) {
        self.bytes = bytes
        dialect =
            switch bytes[257..<265] {
            case let magic where magic.elementsEqual("ustar  \0".utf8): .gnu
            case let magic where magic.starts(with: "ustar".utf8): .ustar
            default: .v7
            }
        // Some old writers summed signed bytes.
        let rest = bytes[..<148] + Array(repeating: 32, count: 8) + bytes[156...]
        let sum = rest.reduce(0) { $0 + Int($1) }
        let signedSum = rest.reduce(0) { $0 + Int(Int8(bitPattern: $1)) }
        let written = try? Self.number(bytes[148..<156], "checksum")
        if written != sum && written != signedSum { throw ApusError(.malformed, "not a tar header: its checksum is wrong") }
    }

    /// The kind's letter.
    var typeFlag: UInt8 { bytes[156] }

    /// The name, with ustar's prefix in front.
    var path: [UInt8] {
        let name = Self.text(bytes[0..<100])
        let prefix = dialect == .ustar ? Self.text(bytes[345..<500]) : []
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    var linkTarget: [UInt8] { Self.text(bytes[157..<257]) }
    var mode: UInt32 { get throws(ApusError) { UInt32(truncatingIfNeeded: try Self.number(bytes[100..<108], "mode") & 0o7777) } }
    var owner: UInt32 { get throws(ApusError) { try Self.identity(try Self.number(bytes[108..<116], "owner"), "owner") } }
    var group: UInt32 { get throws(ApusError) { try Self.identity(try Self.number(bytes[116..<124], "group"), "group") } }
    var size: Int { get throws(ApusError) { try Self.length(try Self.number(bytes[124..<136], "size")) } }
    var modified: Timestamp { get throws(ApusError) { Timestamp(seconds: try Self.number(bytes[136..<148], "time")) } }
    var deviceMajor: UInt32 { get throws(ApusError) { try deviceNumber(329..<337, limit: 1 << 12) } }
    var deviceMinor: UInt32 { get throws(ApusError) { try deviceNumber(337..<345, limit: 1 << 20) } }

    private func deviceNumber(_ range: Range<Int>, limit: Int) throws(ApusError) -> UInt32 {
        if dialect == .v7 { return 0 }
        let number = try Self.number(bytes[range], "device number")
        guard (0..<limit).contains(number) else { throw ApusError(.malformed, "its device number \(number) is out of range") }
        return UInt32(number)
    }

    /// A user or group number; 4294967295 would mean "leave it" to chown(2).
    static func identity(_ number: Int, _ field: String) throws(ApusError) -> UInt32 {
        guard (0..<Int(UInt32.max)).contains(number) else { throw ApusError(.malformed, "its \(field) \(number) is out of range") }
        return UInt32(number)
    }

    /// A length of data; the kernel's files are not longer than Int.
    static func length(_ number: Int) throws(ApusError) -> Int {
        guard number >= 0, number <= .max - 4096 else { throw ApusError(.malformed, "its size \(number) is out of range") }
        return number
    }

    /// The bytes before the first NUL.
    static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// An octal number, or a number in base 256 where the first bit is set.
    static func number(_ field: ArraySlice<UInt8>, _ name: String) throws(ApusError) -> Int {
        if let first = field.first, first & 0x80 != 0 { return try base256(field, first, name) }
        var value = 0
        let digits = field.drop { $0 == 32 || $0 == 0 }.prefix { $0 != 32 && $0 != 0 }
        for digit in digits {
            guard (48...55).contains(digit), value < 1 << 59 else { throw ApusError(.malformed, "its \(name) \"\(shown(digits))\" is no number") }
            value = value << 3 | Int(digit - 48)
        }
        return value
    }

    /// Two's complement over all bits of the field but the first.
    private static func base256(_ field: ArraySlice<UInt8>, _ first: UInt8, _ name: String) throws(ApusError) -> Int {
        // The second bit is the sign; `value` starts as all zeros or all ones.
        var value = first & 0x40 != 0 ? -1 : 0
        value = value << 6 | Int(first & 0x3f)
        for byte in field.dropFirst() {
            guard value >= -(1 << 54), value < 1 << 54 else { throw ApusError(.malformed, "its \(name) is out of range") }
            value = value << 8 | Int(byte)
        }
        return value
    }
}
