import LinuxSystem

/// The header blocks of one member: ustar's, behind a pax header where that is too small for it.
struct TarMemberHeader {
    /// The blocks, with a sparse file's map.
    private(set) var bytes: [UInt8]
    /// The bytes of data that follow; holes are none.
    let size: Int

    /// The longest value of a field with eleven octal digits.
    private static let elevenDigits = 0o77_777_777_777
    private static let sevenDigits = 0o7_777_777

    init(_ entry: TarEntry) throws(ApusError) {
        let map = entry.kind == .file ? entry.dataRuns.map { Self.map($0, fileSize: entry.size) } : nil
        size = entry.kind != .file ? 0 : entry.dataRuns?.reduce(0) { $0 + $1.length } ?? entry.size
        let size = size + (map?.count ?? 0)
        var path = entry.path
        if entry.kind == .directory, path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        var records = PaxRecordWriter()
        if map != nil {
            for (key, value) in [("major", "1"), ("minor", "0"), ("realsize", String(entry.size))] { records.add("GNU.sparse.\(key)", value) }
            records.add(path: "GNU.sparse.name", path)
            // Who does not know the form shall not take the map for the file.
            path = Array("GNUSparseFile.0/".utf8) + (path.split(separator: UInt8(ascii: "/")).last ?? []).prefix(80)
        }
        let (prefix, name) = Self.split(path)
        if name == nil { records.add(path: "path", path) }
        if entry.linkTarget.count > 100 { records.add(path: "linkpath", entry.linkTarget) }
        if size > Self.elevenDigits { records.add("size", String(size)) }
        if entry.owner > Self.sevenDigits { records.add("uid", String(entry.owner)) }
        if entry.group > Self.sevenDigits { records.add("gid", String(entry.group)) }
        let isPlainTime = entry.modified.nanoseconds == 0 && (0...Self.elevenDigits).contains(entry.modified.seconds)
        if !isPlainTime { records.add("mtime", Self.text(entry.modified)) }
        for attribute in entry.attributes.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            guard !attribute.name.contains(UInt8(ascii: "=")) else {
                throw ApusError(.notSupported, "the attribute \(shown(attribute.name)) of \(shown(entry.path)) cannot be kept in a tar: its name holds \"=\"")
            }
            records.add("SCHILY.xattr." + String(decoding: attribute.name, as: UTF8.self), attribute.value)
        }
        bytes = []
        if !records.bytes.isEmpty {
            var block = Block()
            // Nobody reads it; it helps whoever looks at the archive with an old tar.
            block.put(Array("PaxHeaders.0/".utf8) + (entry.path.split(separator: UInt8(ascii: "/")).last ?? []).prefix(80), at: 0)
            block.put(mode: 0o644, owner: 0, group: 0)
            block.put(octal: records.bytes.count, at: 124, digits: 11)
            block.put(octal: 0, at: 136, digits: 11)
            bytes += block.closed(type: "x") + records.bytes
            bytes += [UInt8](repeating: 0, count: (TarHeader.size - records.bytes.count % TarHeader.size) % TarHeader.size)
        }
        var block = Block()
        block.put(name ?? Array(path.prefix(100)), at: 0)
        block.put(prefix, at: 345)
        block.put(Array(entry.linkTarget.prefix(100)), at: 157)
        block.put(mode: Int(entry.mode & 0o7777), owner: Self.fitting(entry.owner), group: Self.fitting(entry.group))
        block.put(octal: size > Self.elevenDigits ? 0 : size, at: 124, digits: 11)
        block.put(octal: isPlainTime ? entry.modified.seconds : max(0, min(entry.modified.seconds, Self.elevenDigits)), at: 136, digits: 11)
        if entry.kind == .characterDevice || entry.kind == .blockDevice {
            block.put(octal: Int(entry.deviceMajor), at: 329, digits: 7)
            block.put(octal: Int(entry.deviceMinor), at: 337, digits: 7)
        }
        bytes += block.closed(type: entry.kind.letter) + (map ?? [])
    }

    /// The map of GNU's sparse form 1.0, whole blocks: the number of runs, then offset and length of each, one number a line.
    private static func map(_ runs: [SparseRun], fileSize: Int) -> [UInt8] {
        var runs = runs
        // A hole at the end is told by an empty run behind it.
        if (runs.last.map { $0.offset + $0.length } ?? 0) < fileSize { runs.append(SparseRun(offset: fileSize, length: 0)) }
        var text = "\(runs.count)\n"
        for run in runs { text += "\(run.offset)\n\(run.length)\n" }
        return Array(text.utf8) + [UInt8](repeating: 0, count: paddingAfter(text.utf8.count))
    }

    private static func fitting(_ id: UInt32) -> Int { id > sevenDigits ? 0 : Int(id) }

    /// The name field and what stands before it in ustar's prefix; no name where the path fits neither way.
    private static func split(_ path: [UInt8]) -> (prefix: [UInt8], name: [UInt8]?) {
        if path.count <= 100 { return ([], path) }
        let slash = UInt8(ascii: "/")
        // The first slash that leaves at most a hundred bytes; the name must not be empty.
        guard path.count <= 256, let cut = path[(path.count - 101)...].dropLast().firstIndex(of: slash), (1...155).contains(cut) else { return ([], nil) }
        return (Array(path[..<cut]), Array(path[(cut + 1)...]))
    }

    /// Seconds with a fraction as pax writes them, `-1.5` being a second and a half before 1970.
    private static func text(_ time: Timestamp) -> String {
        let isBefore = time.seconds < 0
        let (seconds, nanoseconds) =
            isBefore && time.nanoseconds > 0 ? (-(time.seconds + 1), 1_000_000_000 - time.nanoseconds) : (abs(time.seconds), time.nanoseconds)
        var digits = String(nanoseconds + 1_000_000_000).dropFirst()
        while digits.last == "0" { digits = digits.dropLast() }
        return "\(isBefore ? "-" : "")\(seconds)\(digits.isEmpty ? "" : ".")\(digits)"
    }

    /// One block of 512 bytes.
    private struct Block {
        private var bytes = [UInt8](repeating: 0, count: TarHeader.size)

        mutating func put(_ field: [UInt8], at offset: Int) { bytes.replaceSubrange(offset..<offset + field.count, with: field) }

        mutating func put(octal value: Int, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            put(Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8), at: offset)
        }

        mutating func put(mode: Int, owner: Int, group: Int) {
            put(octal: mode, at: 100, digits: 7)
            put(octal: owner, at: 108, digits: 7)
            put(octal: group, at: 116, digits: 7)
        }

        /// The block with its kind, magic and checksum.
        consuming func closed(type: Unicode.Scalar) -> [UInt8] {
            bytes[156] = UInt8(ascii: type)
            put(Array("ustar\u{0}00".utf8), at: 257)
            put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
            let sum = bytes.reduce(0) { $0 + Int($1) }
            put(octal: sum, at: 148, digits: 6)
            bytes[154] = 0
            return bytes
        }
    }
}

/// The body of a pax header: `LENGTH KEY=VALUE` and a line feed, where LENGTH counts the whole record.
struct PaxRecordWriter {
    private(set) var bytes: [UInt8] = []
    private var isBinary = false

    /// Adds a record whose value is a path; readers must not take one for text that is none (POSIX pax, "hdrcharset").
    mutating func add(path key: String, _ path: [UInt8]) {
        if !isBinary, String(validating: path, as: UTF8.self) == nil {
            isBinary = true
            add("hdrcharset", "BINARY")
        }
        add(key, path)
    }

    mutating func add(_ key: String, _ value: String) { add(key, Array(value.utf8)) }

    mutating func add(_ key: String, _ value: [UInt8]) {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        bytes += Array(String(length).utf8) + rest
    }
}

extension TarEntry.Kind {
    /// The letter of ustar.
    fileprivate var letter: Unicode.Scalar {
        switch self {
        case .file: "0"
        case .hardLink: "1"
        case .symbolicLink: "2"
        case .characterDevice: "3"
        case .blockDevice: "4"
        case .directory: "5"
        case .fifo: "6"
        }
    }
}
