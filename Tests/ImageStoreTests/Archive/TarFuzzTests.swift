import LinuxSystem
import Testing

@testable import ImageStore

/// Damaged archives give an `ApusError` and nothing else.
///
/// Swift traps on overflow and on indices, so a finding ends the run.
@Suite("damaged tars") struct TarFuzzTests {
    private var sample: [UInt8] {
        var tar = TarBuilder()
        tar.directory("d")
        tar.pax([("path", Array("d/pax".utf8)), ("mtime", Array("12.000000001".utf8)), ("SCHILY.xattr.user.a", Array("v".utf8))])
        tar.file("x", "contents of a file")
        tar.gnuLong("L", Array("d/gnu".utf8))
        tar.file("y", String(repeating: "z", count: 600))
        tar.hardLink("h", "d/gnu")
        tar.symbolicLink("s", "../..")
        tar.device("n", "3", 1, 3)
        tar.pax([("GNU.sparse.map", Array("0,1,9,1".utf8)), ("GNU.sparse.size", Array("10".utf8))])
        tar.file("sparse", "ab")
        return tar.closed
    }

    @Test func truncatedAtEveryByte() throws {
        let tar = sample
        for length in 0..<tar.count - 1024 {
            #expect(failure { try members(Array(tar[..<length])) }?.code == .malformed, "cut at \(length)")
        }
        #expect(try members(tar).count == 7)
    }

    @Test(arguments: 0..<40)
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed)
        for _ in 0..<100 {
            var tar = sample
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let at = Int.random(in: 0..<tar.count, using: &generator)
                tar[at] ^= Bool.random(using: &generator) ? UInt8.random(in: 1...255, using: &generator) : 1 << UInt8.random(in: 0...7, using: &generator)
            }
            // The checksums are made right again, else nothing behind them would ever be reached.
            for start in stride(from: 0, to: tar.count, by: 512) where tar[start + 257] == UInt8(ascii: "u") {
                tar.replaceSubrange(start..<start + 512, with: TarBuilder.checksummed(Array(tar[start..<start + 512])))
            }
            _ = failure { try members(tar) }
        }
    }

    @Test(arguments: 0..<20)
    func paxRecords(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let alphabet = Array("0123456789 =\n.-pathsize".utf8) + [0, 255]
        for _ in 0..<500 {
            let body = (0..<Int.random(in: 0...40, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            _ = failure {
                let records = try PaxRecords(parsing: body)
                _ = try records.time("mtime")
                return try records.number("size") as Any
            }
        }
    }
}
