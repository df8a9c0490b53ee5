extension TemplateFunctions {
    /// The functions that make texts.
    static let texts: [String: Function] = [
        "print": Function(0...Int.max) { arguments throws(FunctionError) in .string(print(arguments)) },
        "println": Function(0...Int.max) { arguments throws(FunctionError) in .string(arguments.map(goText).joined(separator: " ") + "\n") },
        "printf": Function(1...Int.max) { arguments throws(FunctionError) in
            .string(GoFormatter.text(try string(arguments, 0), Array(arguments.dropFirst())))
        },
        "html": Function(0...Int.max) { arguments throws(FunctionError) in .string(escapedForHTML(print(arguments))) },
        "js": Function(0...Int.max) { arguments throws(FunctionError) in .string(escapedForJS(print(arguments))) },
        "urlquery": Function(0...Int.max) { arguments throws(FunctionError) in .string(escapedForQuery(print(arguments))) },
        "json": Function(1...1) { arguments throws(FunctionError) in .string(arguments[0].json()) },
        "lower": Function(1...1) { arguments throws(FunctionError) in .string(mapped(try string(arguments, 0)) { $0.lowercaseMapping }) },
        "upper": Function(1...1) { arguments throws(FunctionError) in .string(mapped(try string(arguments, 0)) { $0.uppercaseMapping }) },
        "title": Function(1...1) { arguments throws(FunctionError) in .string(titled(try string(arguments, 0))) },
        "split": Function(2...2) { arguments throws(FunctionError) in .strings(split(try string(arguments, 0), try string(arguments, 1))) },
        "join": Function(2...2) { arguments throws(FunctionError) in
            guard let texts = strings(arguments[0]) else { throw FunctionError.wrongType(argument: 0, wanted: "[]string", value: arguments[0]) }
            return .string(texts.joined(separator: try string(arguments, 1)))
        },
        "pad": Function(3...3) { arguments throws(FunctionError) in
            let text = try string(arguments, 0)
            let (left, right) = (try count(arguments, 1), try count(arguments, 2))
            return .string(text.isEmpty ? "" : String(repeating: " ", count: left) + text + String(repeating: " ", count: right))
        },
        "truncate": Function(2...2) { arguments throws(FunctionError) in
            .string(String(String.UnicodeScalarView(try string(arguments, 0).unicodeScalars.prefix(try count(arguments, 1)))))
        },
    ]

    /// Operands one after the other, with a blank between two that are no texts.
    private static func print(_ arguments: [Value]) -> String {
        var text = ""
        var wasString = true
        for argument in arguments {
            let isString = if case .string = argument { true } else { false }
            if !isString && !wasString { text += " " }
            text += goText(argument)
            wasString = isString
        }
        return text
    }

    private static func string(_ arguments: [Value], _ index: Int) throws(FunctionError) -> String {
        guard case .string(let text) = arguments[index] else { throw .wrongType(argument: index, wanted: "string", value: arguments[index]) }
        return text
    }

    /// A number of characters; the limit is that of printf.
    private static func count(_ arguments: [Value], _ index: Int) throws(FunctionError) -> Int {
        guard case .int(let count) = arguments[index] else { throw .wrongType(argument: index, wanted: "int", value: arguments[index]) }
        guard (0...1_000_000).contains(count) else { throw FunctionError("count out of range: \(count)") }
        return count
    }

    private static func strings(_ value: Value) -> [String]? {
        guard case .array(let elements) = value else { return nil }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// The pieces between separators; an empty separator cuts into characters.
    private static func split(_ text: String, _ separator: String) -> [String] {
        separator.isEmpty ? text.unicodeScalars.map { String($0) } : text.pieces(between: separator)
    }

    /// Each character by itself, as Go does it: ß has no capital letter.
    private static func mapped(_ text: String, _ mapping: (Unicode.Scalar.Properties) -> String) -> String {
        text.unicodeScalars.map { scalar in
            let other = mapping(scalar.properties)
            return other.unicodeScalars.count == 1 ? other : String(scalar)
        }.joined()
    }

    /// Capital letters at the beginnings of words.
    private static func titled(_ text: String) -> String {
        var result = ""
        var isInside = false
        for scalar in text.unicodeScalars {
            result += isInside ? String(scalar) : scalar.properties.titlecaseMapping
            isInside = scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
        }
        return result
    }

    private static func escapedForHTML(_ text: String) -> String {
        let names: [Unicode.Scalar: String] = ["\"": "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\u{FFFD}"]
        return text.unicodeScalars.map { names[$0] ?? String($0) }.joined()
    }

    private static func escapedForJS(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\", "'", "\"": "\\\(scalar)"
            case "<", ">", "&", "=": "\\u" + hex(scalar.value, digits: 4, uppercase: true)
            case _ where !isPrintable(scalar): "\\u" + hex(scalar.value, digits: 4, uppercase: true)
            default: String(scalar)
            }
        }.joined()
    }

    private static func escapedForQuery(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            if byte == UInt8(ascii: " ") { return "+" }
            if scalar.isASCII, scalar.properties.isAlphabetic || isDigit(byte) || "-_.~".unicodeScalars.contains(scalar) { return String(scalar) }
            return "%" + hex(UInt32(byte), digits: 2, uppercase: true)
        }.joined()
    }
}
