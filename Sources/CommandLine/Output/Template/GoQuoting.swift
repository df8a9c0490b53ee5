/// The text between double quotes as Go's `%q` writes it.
func goQuoted(_ text: String) -> String { "\"" + text.unicodeScalars.map { goEscaped($0, quote: "\"") }.joined() + "\"" }

/// One character as it stands between Go's quotes.
func goEscaped(_ scalar: Unicode.Scalar, quote: Unicode.Scalar) -> String {
    switch scalar {
    case quote: return "\\\(quote)"
    case "\\": return "\\\\"
    case "\u{7}": return "\\a"
    case "\u{8}": return "\\b"
    case "\u{c}": return "\\f"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{b}": return "\\v"
    case _ where isPrintable(scalar): return String(scalar)
    case _ where scalar.value < 0x80: return "\\x" + hex(scalar.value, digits: 2)
    case _ where scalar.value < 0x10000: return "\\u" + hex(scalar.value, digits: 4)
    default: return "\\U" + hex(scalar.value, digits: 8)
    }
}

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation, symbols and the blank.
func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
    return switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: false
    default: true
    }
}

/// The text with everything unprintable escaped, so that it stays one line.
func oneLine(_ text: String) -> String { text.unicodeScalars.map { isPrintable($0) ? String($0) : goEscaped($0, quote: "\0") }.joined() }

/// The text that stands between Go's quotes, with its escapes resolved; nil if one is malformed.
func goUnquoted(_ body: String, quote: Unicode.Scalar) -> String? {
    var bytes: [UInt8] = []
    var rest = body.unicodeScalars[...]
    func number(_ count: Int, radix: Int) -> UInt32? {
        let digits = rest.prefix(count)
        rest = rest.dropFirst(count)
        guard digits.count == count, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
        return UInt32(String(Substring(digits)), radix: radix)
    }
    while let scalar = rest.popFirst() {
        guard scalar == "\\" else {
            bytes += String(scalar).utf8
            continue
        }
        let plain: [Unicode.Scalar: UInt8] = ["a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92]
        guard let letter = rest.first else { return nil }
        if "01234567".unicodeScalars.contains(letter) {
            guard let byte = number(3, radix: 8).flatMap(UInt8.init(exactly:)) else { return nil }
            bytes.append(byte)
            continue
        }
        rest = rest.dropFirst()
        switch letter {
        case "x":
            guard let byte = number(2, radix: 16).flatMap(UInt8.init(exactly:)) else { return nil }
            bytes.append(byte)
        case "u", "U":
            guard let scalar = number(letter == "u" ? 4 : 8, radix: 16).flatMap(Unicode.Scalar.init) else { return nil }
            bytes += String(scalar).utf8
        case quote: bytes += String(quote).utf8
        default:
            guard let byte = plain[letter] else { return nil }
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
