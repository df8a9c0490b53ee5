import CommandLine
import SeededRandom
import Testing

@Suite("Arbitrary templates") struct TemplateFuzzTests {
    static let pieces = [
        "{{", "}}", "{{- ", " -}}", "/*", "*/", "if ", "else ", "end", "range ", "with ", "break", "continue", "nil", ".", ".Name", ".Endpoints", ".docker",
        "$", "$x",
        " := ", " = ", ", ", "|", "(", ")", "\"a\"", "`b`", "'c'", "1", "-2", "3.5", "1e9", "printf ", "\"%v %5d %-3s %q %x %[2]d %*d %.3f\" ", "index ",
        "slice ",
        "len ", "eq ", "lt ", "and ", "or ", "not ", "json ", "split ", "join ", "title ", "pad ", "truncate ", "html ", "js ", "urlquery ", "print ", " ",
        "\n", "é", "\\",
        "\"", "9223372036854775807", "-9223372036854775808", "\u{301}", "x",
    ]

    @Test("Any sequence of pieces gives a text or one sentence") func random() {
        var generator = SeededRandom(seed: 3)
        for _ in 0..<30_000 {
            let inside = (0..<Int.random(in: 0...12, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            let template = Bool.random(using: &generator) ? inside : "a{{" + inside + "}}b{{end}}"
            // A range over a great number is the user's own wish, but not one for a test.
            if template.contains("range 9223") || template.contains("range 1e9") { continue }
            let output = TemplateTests.output(template, TemplateTests.context)
            if output.hasPrefix("template parsing error: ") { #expect(output.hasPrefix("template parsing error: template: :") && !output.contains("\n")) }
        }
    }

    @Test("Text without actions is printed as it is") func plain() {
        var generator = SeededRandom(seed: 5)
        for _ in 0..<2_000 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in Unicode.Scalar(UInt32.random(in: 1...0x2FFF, using: &generator)) }))
            if !text.contains("{{") { #expect(TemplateTests.output(text, .null) == text) }
        }
    }

    @Test("Quoting and printing agree") func quoting() {
        var generator = SeededRandom(seed: 9)
        for _ in 0..<2_000 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x1_FFFF, using: &generator)) }))
            let quoted = TemplateTests.output("{{printf \"%q\" .}}", .string(text))
            #expect(TemplateTests.output("{{\(quoted)}}", .null) == text)
        }
    }
}
