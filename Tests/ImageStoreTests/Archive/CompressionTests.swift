import Glibc
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
        try Compression(sniffing: bytes).plain(PrefixedSource(bytes, then: nil), size: bytes.count).readAll(limit: 8 << 20, "it")
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

    @Suite("gzip by igzip", .enabled(if: installed("igzip", "gzip"))) struct IgzipTests {
        private let scratch: Scratch
        private let plain: [UInt8]
        private let packed: [UInt8]

        init() throws {
            scratch = try Scratch()
            var generator = SeededGenerator(2)
            plain = (0..<3_000_000).map { $0 % 3 == 0 ? UInt8.random(in: 0...255, using: &generator) : 65 }
            try scratch.write("plain", plain)
            try scratch.shell("gzip -c plain > packed")
            packed = try readFile("\(scratch.path)/packed")
        }

        private func unpack(_ bytes: [UInt8]) throws -> [UInt8] {
            try #require(try IgzipSource(PrefixedSource(bytes, then: nil), size: nil)).readAll(limit: 8 << 20, "it")
        }

        @Test func unpacksMembersAndPadding() throws {
            #expect(try unpack(packed) == plain)
            #expect(try unpack(packed + packed + Array(repeating: 0, count: 1000)) == plain + plain)
            #expect(try Compression.gzip.plain(PrefixedSource(packed, then: nil), size: packed.count) is IgzipSource)
            #expect(try IgzipSource(PrefixedSource(packed, then: nil), size: 1000) == nil)
        }

        @Test func refusesDamagedAndTruncatedData() throws {
            for length in [20, 1000, packed.count / 2, packed.count - 9, packed.count - 1] {
                #expect(failure { try unpack(Array(packed[..<length])) }?.message == "the gzip data is damaged or ends early", "cut at \(length)")
            }
            for place in [1, 3, 4000, packed.count / 2, packed.count - 3] {
                var damaged = packed
                damaged[place] ^= 0x55
                #expect(failure { try unpack(damaged) }?.message == "the gzip data is damaged or ends early", "damaged at \(place)")
            }
        }

        @Test func tellsWhyItsSourceFailed() throws {
            final class Failing: ByteSource {
                func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int { throw ApusError(.malformed, "no more") }
            }
            #expect(failure { try IgzipSource(Failing(), size: nil)?.drain() }?.message == "no more")
        }

        /// Given up in the middle: no program and no thread that waits for it is left.
        @Test func mayBeGivenUp() throws {
            let before = try listDirectory("/proc/self/task").count
            for _ in 0..<20 {
                let source = try #require(try IgzipSource(PrefixedSource(packed, then: nil), size: nil))
                let buffer = ByteBuffer(capacity: 100)
                #expect(try unsafe source.read(into: buffer.bytes) == 100)
            }
            // Other tests have threads too, and one that waits for a thread to see its end.
            for _ in 0..<1000 where try listDirectory("/proc/self/task").count >= before + 15 { usleep(10_000) }
            #expect(try listDirectory("/proc/self/task").count < before + 15)
        }
    }

    @Suite("reading ahead") struct ReadAheadTests {
        /// Pieces of odd sizes, then the end or a failure.
        private final class Pieces: ByteSource {
            private var sizes: [Int]
            private let fails: Bool
            private var next: UInt8 = 0
            init(_ sizes: [Int], fails: Bool) { (self.sizes, self.fails) = (sizes, fails) }

            func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
                guard let size = sizes.popLast() else {
                    if fails { throw ApusError(.malformed, "no more") }
                    return 0
                }
                for index in 0..<size {
                    unsafe buffer[index] = next
                    next &+= 1
                }
                return size
            }
        }

        @Test(arguments: 0..<10) func keepsTheOrder(seed: UInt64) throws {
            var generator = SeededGenerator(seed)
            let sizes = (0..<Int.random(in: 0...100, using: &generator)).map { _ in Int.random(in: 1...70_000, using: &generator) }
            let fails = seed % 2 == 1
            let reader = BufferedReader(try ReadAheadSource(Pieces(sizes, fails: fails)))
            var (expected, total): (UInt8, Int) = (0, 0)
            let failed = failure {
                while true {
                    let piece = try unsafe reader.chunk(upTo: .max)
                    if unsafe piece.isEmpty { return }
                    #expect(
                        unsafe piece.allSatisfy { byte in
                            defer { expected &+= 1 }
                            return byte == expected
                        })
                    total += piece.count
                }
            }
            #expect(total == sizes.reduce(0, +) && (failed?.message == "no more") == fails)
            // The end stays the end.
            #expect(try unsafe reader.chunk(upTo: 1).isEmpty)
        }
    }

    @Test func theBudgetEndsABomb() {
        let source = HashingSource(PrefixedSource(plain, then: nil), budget: UnpackBudget(limit: 1000))
        #expect(failure { try source.drain() }?.message == "it unpacks to more than 1000 bytes")
    }
}
