import CommandLine
import SeededRandom
import Testing

@Suite("Arbitrary command lines") struct ParserFuzzTests {
    /// Pieces that exercise every branch, glued at random.
    static let pieces = [
        "-", "--", "=", "i", "t", "e", "rm", "name", "explain", "help", "run", "ps", "container", "x", "", "é", "-5", "memory", "c", "platform", "\u{301}", " ",
        "\n", "\u{7}",
    ]

    @Test("Nothing crashes, errors are one line, and no positional is invented") func random() {
        var generator = SeededRandom(seed: 7)
        for _ in 0..<20_000 {
            let words = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            }
            do {
                guard case .run(let parsed) = try Sample.tree.parse(words) else { continue }
                #expect(parsed.positionals.allSatisfy(words.contains))
            } catch {
                #expect(!error.description.contains("\n"))
            }
        }
    }

    @Test("What is written in one spelling is read the same in all") func spellingsAgree() throws {
        var generator = SeededRandom(seed: 11)
        for _ in 0..<2_000 {
            let value = (0..<Int.random(in: 1...5, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            let spellings = [["--env", value], ["--env=\(value)"], ["-e", value]] + (value.isEmpty ? [] : [["-e=\(value)"]])
            for spelling in spellings { #expect(try Sample.parsed(["run"] + spelling + ["image"])[Sample.env] == [value]) }
        }
    }
}
