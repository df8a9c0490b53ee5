/// Cuts a template into tokens: text outside `{{` and `}}`, and the words of actions inside.
///
/// Comments and trimmed blanks are gone.
struct TemplateLexer {
    private let bytes: [UInt8]
    private var index = 0
    private var tokens: [TemplateToken] = []

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// The tokens of a template; the last one is `end`.
    static func tokens(_ text: String) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(text)
        try lexer.run()
        return lexer.tokens
    }

    private mutating func run() throws(TemplateError) {
        var trimsNext = false
        while true {
            let start = index
            while index < bytes.count, !at("{{") { index += 1 }
            var text = bytes[start..<index]
            if trimsNext { text = text.drop(while: Self.isSpace) }
            // "{{- " trims the text before it; without the blank it would be the number -3.
            let trimsText = index + 3 < bytes.count && bytes[index + 2] == UInt8(ascii: "-") && Self.isSpace(bytes[index + 3])
            while trimsText, let last = text.last, Self.isSpace(last) { text = text.dropLast() }
            if !text.isEmpty { append(.text(String(decoding: text, as: UTF8.self)), from: start) }
            if index == bytes.count { break }
            let left = index
            index += trimsText ? 3 : 2
            if let trims = try skipComment() {
                trimsNext = trims
            } else {
                trimsNext = try action(from: left)
            }
        }
        append(.end, from: index)
    }

    /// Skips a comment if one stands here, and tells whether the text behind it is trimmed; nil if none stands here.
    private mutating func skipComment() throws(TemplateError) -> Bool? {
        let start = index
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
        guard at("/*") else {
            index = start
            return nil
        }
        index += 2
        while index < bytes.count, !at("*/") { index += 1 }
        if index == bytes.count { throw error("unclosed comment") }
        index += 2
        guard let trims = rightDelimiter() else { throw error("comment ends before closing delimiter") }
        return trims
    }

    /// Skips `}}` or ` -}}` and tells whether the text behind it is trimmed; nil if neither stands here.
    private mutating func rightDelimiter() -> Bool? {
        if at("}}") {
            index += 2
            return false
        }
        guard index < bytes.count, Self.isSpace(bytes[index]) else { return nil }
        let start = index
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
        if at("-}}") {
            index += 3
            return true
        }
        index = start
        return nil
    }

    /// Reads the tokens of one action up to its end, and tells whether the text behind it is trimmed.
    private mutating func action(from left: Int) throws(TemplateError) -> Bool {
        append(.leftDelimiter, from: left)
        while true {
            let start = index
            if let trims = rightDelimiter() {
                append(.rightDelimiter, from: start)
                return trims
            }
            var spaced = false
            while index < bytes.count, Self.isSpace(bytes[index]) {
                index += 1
                spaced = true
            }
            if at("}}") { continue }
            guard index < bytes.count else { throw error("unclosed action") }
            try token(afterSpace: spaced)
        }
    }

    private mutating func token(afterSpace: Bool) throws(TemplateError) {
        let start = index
        let byte = bytes[index]
        index += 1
        let kind: TemplateToken.Kind
        switch byte {
        case UInt8(ascii: "|"): kind = .pipe
        case UInt8(ascii: ","): kind = .comma
        case UInt8(ascii: "("): kind = .leftParenthesis
        case UInt8(ascii: ")"): kind = .rightParenthesis
        case UInt8(ascii: "="): kind = .assign
        case UInt8(ascii: ":"):
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { throw error("expected :=") }
            index += 1
            kind = .declare
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): kind = try quoted(byte, from: start)
        case UInt8(ascii: "."):
            let next = index < bytes.count ? bytes[index] : 0
            if isDigit(next) {
                kind = try number(from: start)
            } else {
                let name = takeWord()
                kind = name.isEmpty ? .dot : .field(name)
            }
        case UInt8(ascii: "$"): kind = .variable("$" + takeWord())
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): kind = try number(from: start)
        default:
            index = start
            let word = takeWord()
            guard !word.isEmpty else { throw unexpected(at: start) }
            kind = .identifier(word)
        }
        append(kind, from: start, afterSpace: afterSpace)
    }

    private mutating func quoted(_ quote: UInt8, from start: Int) throws(TemplateError) -> TemplateToken.Kind {
        let isRaw = quote == UInt8(ascii: "`")
        while index < bytes.count, bytes[index] != quote, isRaw || bytes[index] != UInt8(ascii: "\n") {
            index += !isRaw && bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count, bytes[index] == quote else {
            throw error("unterminated \(isRaw ? "raw quoted string" : quote == UInt8(ascii: "'") ? "character constant" : "quoted string")")
        }
        index += 1
        let body = String(decoding: bytes[(start + 1)..<(index - 1)], as: UTF8.self)
        if isRaw { return .string(body) }
        guard let text = goUnquoted(body, quote: Unicode.Scalar(quote)) else { throw error("invalid syntax") }
        if quote == UInt8(ascii: "\"") { return .string(text) }
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw error("malformed character constant: \(source(from: start))")
        }
        return .integer(Int(scalar.value))
    }

    private mutating func number(from start: Int) throws(TemplateError) -> TemplateToken.Kind {
        while index < bytes.count, Self.isWord(bytes[index]) || bytes[index] == UInt8(ascii: ".") || isSignOfExponent(from: start) { index += 1 }
        let text = source(from: start)
        if let number = try? parseInteger(text) { return .integer(number) }
        let isDecimal = text.utf8.allSatisfy { isDigit($0) || ".eE+-".utf8.contains($0) }
        if isDecimal, text.utf8.contains(where: { ".eE".utf8.contains($0) }), let number = Double(text), number.isFinite { return .float(number) }
        throw error(text.utf8.allSatisfy(isDigit) ? "integer overflow: \(goQuoted(text))" : "bad number syntax: \(goQuoted(text))")
    }

    private func isSignOfExponent(from start: Int) -> Bool {
        (bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")) && index > start + 1 && bytes[index - 1] | 0x20 == UInt8(ascii: "e")
    }

    private mutating func takeWord() -> String {
        let start = index
        while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
        return source(from: start)
    }

    private mutating func append(_ kind: TemplateToken.Kind, from start: Int, afterSpace: Bool = false) {
        tokens.append(TemplateToken(kind: kind, position: start, source: source(from: start), afterSpace: afterSpace))
    }

    private func source(from start: Int) -> String { String(decoding: bytes[start..<index], as: UTF8.self) }

    private func at(_ text: StaticString) -> Bool { bytes[index...].starts(with: text.description.utf8) }

    private func unexpected(at start: Int) -> TemplateError {
        let character = String(decoding: bytes[start...].prefix(4), as: UTF8.self).first.map(String.init) ?? ""
        return error("unexpected \(goQuoted(character)) in command")
    }

    private func error(_ reason: String) -> TemplateError {
        .parsing(reason, line: 1 + bytes[..<min(index, bytes.count)].count { $0 == UInt8(ascii: "\n") })
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B && byte != 0x0C }

    /// Letters, digits, the underscore, and every letter beyond ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80 || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
