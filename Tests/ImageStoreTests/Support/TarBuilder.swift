/// A little tar writer for tests: it writes what it is told, also what is wrong.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    /// The magic of a dialect at offset 257.
    enum Magic { case v7, ustar, gnu }

    /// One member with its header fields as plain values.
    struct Member {
        var name: [UInt8]
        var type: UInt8 = UInt8(ascii: "0")
        var mode = 0o644
        var owner = 0
        var group = 0
        var size: Int?
        var modified = 1_700_000_000
        var link: [UInt8] = []
        var prefix: [UInt8] = []
        var major = 0
        var minor = 0
        var magic = Magic.ustar
        var body: [UInt8] = []
    }

    /// A header of 512 bytes with the right checksum.
    static func header(_ member: Member) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) { for (index, byte) in bytes.enumerated() { block[offset + index] = byte } }
        put(member.name.prefix(100), at: 0)
        put(octal(member.mode, 7), at: 100)
        put(octal(member.owner, 7), at: 108)
        put(octal(member.group, 7), at: 116)
        put(octal(member.size ?? member.body.count, 11), at: 124)
        put(octal(member.modified, 11), at: 136)
        block[156] = member.type
        put(member.link.prefix(100), at: 157)
        switch member.magic {
        case .v7: break
        case .ustar: put("ustar\u{0}00".utf8, at: 257)
        case .gnu: put("ustar  \u{0}".utf8, at: 257)
        }
        if member.magic != .v7 {
            put(octal(member.major, 7), at: 329)
            put(octal(member.minor, 7), at: 337)
        }
        if member.magic == .ustar { put(member.prefix.prefix(155), at: 345) }
        return checksummed(block)
    }

    /// The same block with the sum of its bytes in place.
    static func checksummed(_ block: [UInt8]) -> [UInt8] {
        var block = block
        for index in 148..<156 { block[index] = 32 }
        let sum = block.reduce(0) { $0 + Int($1) }
        for (index, byte) in (octal(sum, 6) + [0, 32]).enumerated() { block[148 + index] = byte }
        return block
    }

    static func octal(_ value: Int, _ digits: Int) -> [UInt8] {
        let text = Array(String(max(0, value), radix: 8).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text.suffix(digits)
    }

    static func padded(_ body: [UInt8]) -> [UInt8] { body + Array(repeating: 0, count: (512 - body.count % 512) % 512) }

    mutating func add(_ member: Member) { bytes += Self.header(member) + Self.padded(member.body) }
    mutating func addRaw(_ raw: [UInt8]) { bytes += raw }

    mutating func file(_ name: String, _ text: String = "", mode: Int = 0o644, owner: Int = 0) {
        add(Member(name: Array(name.utf8), mode: mode, owner: owner, group: owner, body: Array(text.utf8)))
    }
    mutating func directory(_ name: String, mode: Int = 0o755, owner: Int = 0, modified: Int = 1_700_000_000) {
        add(Member(name: Array(name.utf8), type: UInt8(ascii: "5"), mode: mode, owner: owner, group: owner, modified: modified))
    }
    mutating func symbolicLink(_ name: String, _ target: String) {
        add(Member(name: Array(name.utf8), type: UInt8(ascii: "2"), mode: 0o777, link: Array(target.utf8)))
    }
    mutating func hardLink(_ name: String, _ target: String) { add(Member(name: Array(name.utf8), type: UInt8(ascii: "1"), link: Array(target.utf8))) }
    mutating func device(_ name: String, _ type: Character, _ major: Int, _ minor: Int) {
        add(Member(name: Array(name.utf8), type: type.asciiValue ?? 0, mode: 0o600, major: major, minor: minor))
    }

    /// A pax header with the records `KEY=VALUE`.
    mutating func pax(_ records: [(String, [UInt8])], global: Bool = false) {
        let body = records.flatMap { key, value in Self.paxRecord(key, value) }
        add(Member(name: Array("pax".utf8), type: UInt8(ascii: global ? "g" : "x"), body: body))
    }
    static func paxRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = [UInt8(ascii: " ")] + Array(key.utf8) + [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    mutating func gnuLong(_ type: Character, _ name: [UInt8]) {
        add(Member(name: Array("././@LongLink".utf8), type: type.asciiValue ?? 0, magic: .gnu, body: name + [0]))
    }

    /// The archive with its two closing blocks.
    var closed: [UInt8] { bytes + Array(repeating: 0, count: 1024) }
}
