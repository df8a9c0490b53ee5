import LinuxSystem
import Testing

@testable import ImageStore

@Suite("compression, told by content", .enabled(if: installed("gzip", "zstd", "xz", "bzip2"))) struct CompressionTests {
    private let scratch: Scratch
    /// More than one buffer, and not too regular.
    private let plain: [UInt8]

    init() throws {
        scratch = try Scratch()
        var generator = SeededGenerator(1)
        plain = (0..<700_000).map { $0 % 3 == 0 ? UInt8.random(in: 0...255, using: &generator) : 65 }
        try scratch.write("plain", plain)
    }

    private func unpack(_ bytes: [UInt8]) throws -> [UInt8] {
        try Compression(sniffing: bytes).plain(PrefixedSource(bytes, then: nil)).readAll(limit: 8 << 20, "it")
    }

    private static let commands = ["gzip": "gzip -c", "zstd": "zstd -qc", "xz": "xz -c", "bzip2": "bzip2 -c", "none": "cat"]

    @Test(arguments: Compression.allCases)
    func unpacks(compression: Compression) throws {
        let command = try #require(Self.commands[compression.rawValue])
        try scratch.shell("\(command) plain > packed; \(command) plain >> packed")
        let packed = try readFile("\(scratch.path)/packed")
        #expect(Compression(sniffing: packed) == compression)
        #expect(try unpack(packed) == plain + plain)
    }

    @Test(arguments: [Compression.gzip, .zstd, .xz, .bzip2])
    func refusesATruncatedOrDamagedStream(compression: Compression) throws {
        let command = try #require(Self.commands[compression.rawValue])
        try scratch.shell("head -c 600 plain | \(command) > packed")
        let packed = try readFile("\(scratch.path)/packed")
        for length in 8..<packed.count {
            #expect(failure { try unpack(Array(packed[..<length])) } == ApusError(.malformed, "the \(compression) data ends early"), "cut at \(length)")
        }
        var damaged = packed
        damaged[damaged.count / 2] ^= 0x55
        #expect(failure { try unpack(damaged) }?.message.hasPrefix("the \(compression) data is damaged") == true)
    }

    @Test func passesOverSkippableFramesAndPadding() throws {
        let frame: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]
        try scratch.shell("zstd -qc plain > plain.zst; gzip -c plain > plain.gz")
        #expect(try unpack(frame + readFile("\(scratch.path)/plain.zst") + frame) == plain)
        #expect(try unpack(readFile("\(scratch.path)/plain.gz") + Array(repeating: 0, count: 1000)) == plain)
    }

    @Test func refusesGarbageBehindTheData() throws {
        try scratch.shell("gzip -c plain > plain.gz")
        #expect(failure { try unpack(readFile("\(scratch.path)/plain.gz") + [1, 2, 3]) }?.message == "the gzip data is damaged")
    }

    @Test func theBudgetEndsABomb() {
        let source = HashingSource(PrefixedSource(plain, then: nil), budget: UnpackBudget(limit: 1000))
        #expect(failure { try source.drain() }?.message == "it unpacks to more than 1000 bytes")
    }
}
