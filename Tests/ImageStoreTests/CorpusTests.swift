import Glibc
import ImageFuzz
import LinuxSystem
import Testing

/// What `make fuzz` starts from, and what it found once, through the parsers of images.
@Suite("the corpus of the fuzzers") struct CorpusTests {
    private static let corpus = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined() + "/Fuzz/corpus"

    @Test(arguments: ImageFuzzTarget.allCases) func inputsAreReadOrRefused(target: ImageFuzzTarget) throws {
        let names = try listDirectory("\(Self.corpus)/\(target.rawValue)")
        #expect(!names.isEmpty)
        for name in names {
            let input = try readFile("\(Self.corpus)/\(target.rawValue)/\(name)")
            #expect(target.run(input) == nil, "\(name)")
            // And damaged a little, always in the same way.
            var random = SeededGenerator(UInt64(input.count))
            for _ in 0..<50 {
                var damaged = input
                for _ in 0..<Int.random(in: 1...4, using: &random) where !damaged.isEmpty {
                    let place = Int.random(in: 0..<damaged.count, using: &random)
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: damaged[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    case 1: damaged[place] = UInt8.random(in: 0...255, using: &random)
                    case 2: damaged.removeSubrange(place..<min(damaged.count, place + Int.random(in: 1...40, using: &random)))
                    default: damaged.insert(contentsOf: damaged[place...].prefix(20), at: place)
                    }
                }
                #expect(target.run(damaged) == nil, "\(name)")
            }
        }
    }

    /// The seeds get through, else nothing behind the first check would be tried.
    @Test(arguments: ImageFuzzTarget.allCases) func seedsAreValid(target: ImageFuzzTarget) throws {
        let names = try listDirectory("\(Self.corpus)/\(target.rawValue)")
        let refused = try names.filter { try target.refuses(readFile("\(Self.corpus)/\(target.rawValue)/\($0)")) }
        #expect(refused.count < names.count, "\(refused)")
    }
}
