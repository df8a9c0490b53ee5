import LinuxSystem

@testable import ImageStore

enum TarFuzz {
    /// No more members than this, so that an input takes no time.
    private static let memberLimit = 200

    static func run(_ input: [UInt8]) throws(ApusError) -> String? {
        let tar = withChecksums(input)
        let reader = TarReader(PrefixedSource(tar, then: nil), needsEndMarker: tar.count % 2 == 0)
        var count = 0
        while let entry = try reader.next() {
            if let problem = problem(with: entry) { return "\(shown(entry.path)): \(problem)" }
            var body = 0
            while true {
                let piece = try unsafe reader.body(upTo: 1 << 20)
                if unsafe piece.isEmpty { break }
                body += piece.count
            }
            let wanted = entry.dataRuns.map { $0.reduce(0) { $0 + $1.length } } ?? entry.size
            if body != wanted { return "\(shown(entry.path)): a body of \(body) bytes where \(wanted) are told" }
            if let problem = try written(entry) { return "\(shown(entry.path)): \(problem)" }
            count += 1
            if count == memberLimit { break }
        }
        return nil
    }

    private static func problem(with entry: TarEntry) -> String? {
        if entry.size < 0 || entry.kind != .file && entry.size != 0 { return "its size is \(entry.size)" }
        if entry.path.count > 4095 || entry.linkTarget.count > 4095 { return "its path is too long" }
        if entry.owner == .max || entry.group == .max { return "its owner would be left alone" }
        if !(0..<1_000_000_000).contains(entry.modified.nanoseconds) { return "its time is no time" }
        var end = 0
        for run in entry.dataRuns ?? [] {
            if run.offset < end || run.length <= 0 || run.offset > entry.size - run.length { return "its runs are out of order" }
            end = run.offset + run.length
        }
        return nil
    }

    /// What is written of it must be read as the same.
    private static func written(_ entry: TarEntry) throws(ApusError) -> String? {
        var entry = entry
        // What no file system gives to be packed.
        if entry.path.isEmpty || entry.path.contains(0) || entry.linkTarget.contains(0) || entry.attributes.contains(where: { $0.name.contains(61) }) {
            return nil
        }
        if entry.kind == .directory, entry.path.last != 47 { entry.path.append(47) }
        if entry.path.count > 4095 { return nil }
        // A hole at the end or runs within a block are the packer's to avoid.
        if entry.size > 1 << 20, entry.dataRuns == nil { return nil }
        // Bytes that are no UTF-8 in a key are not kept apart.
        if entry.attributes.contains(where: { $0.name.isEmpty || String(validating: $0.name, as: UTF8.self) == nil }) { return nil }
        let body = [UInt8](repeating: 7, count: entry.dataRuns.map { $0.reduce(0) { $0 + $1.length } } ?? entry.size)
        let sink = ByteArraySink()
        let tar = TarWriter(sink)
        try tar.add(entry, body)
        try tar.finish()
        guard var again = try TarReader(PrefixedSource(sink.bytes, then: nil), needsEndMarker: true).next() else { return "what is written has no member" }
        // In the order of their names.
        again.attributes.sort { $0.name.lexicographicallyPrecedes($1.name) }
        entry.attributes.sort { $0.name.lexicographicallyPrecedes($1.name) }
        return again == entry ? nil : "it is written and read as another: \(entry) \(again)"
    }

    /// With the sums of the headers made right, else nothing behind them would ever be reached.
    private static func withChecksums(_ input: [UInt8]) -> [UInt8] {
        var tar = input
        for start in stride(from: 0, to: tar.count - 511, by: 512) where tar[start + 257] == UInt8(ascii: "u") || tar[start + 156] == UInt8(ascii: "S") {
            for index in 148..<156 { tar[start + index] = 32 }
            let sum = tar[start..<start + 512].reduce(0) { $0 + Int($1) }
            let digits = Array(String(sum, radix: 8).utf8)
            let field = [UInt8](repeating: 48, count: max(0, 6 - digits.count)) + digits.suffix(6) + [0, 32]
            tar.replaceSubrange(start + 148..<start + 156, with: field)
        }
        return tar
    }
}

/// Keeps what is written.
private final class ByteArraySink: ByteSink {
    private(set) var bytes: [UInt8] = []
    func write(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes.append(contentsOf: bytes) }
}
