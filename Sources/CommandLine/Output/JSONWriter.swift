extension Value {
    /// The value as JSON, the way Go and Docker write it: compact, or over lines with indents of four blanks as `docker inspect`.
    public func json(pretty: Bool = false) -> String {
        var writer = JSONWriter(pretty: pretty)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Writes JSON as bytes.
private struct JSONWriter {
    let pretty: Bool
    var bytes: [UInt8] = []
    var depth = 0

    init(pretty: Bool) { self.pretty = pretty }

    mutating func write(_ value: Value) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .int(let number): bytes += String(number).utf8
        // JSON has no word for infinity, and Go refuses it; null keeps the document valid.
        case .double(let number): bytes += (number.isFinite ? shortestFloat(number, exponents: -6..<21, minimumExponentDigits: 1) : "null").utf8
        case .string(let text): write(text)
        case .array(let elements):
            writeList("[", "]", elements) { writer, element in writer.write(element) }
        case .object(let object):
            writeList("{", "}", object.dataFields) { writer, field in
                writer.write(field.name)
                writer.bytes += (writer.pretty ? ": " : ":").utf8
                writer.write(field.value)
            }
        }
    }

    private mutating func writeList<Element>(_ open: String, _ close: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        bytes += open.utf8
        depth += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            newLine()
            write(&self, element)
        }
        depth -= 1
        if !elements.isEmpty { newLine() }
        bytes += close.utf8
    }

    private mutating func newLine() {
        if pretty { bytes += ("\n" + String(repeating: "    ", count: depth)).utf8 }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case "\u{8}": bytes += "\\b".utf8
            case "\u{c}": bytes += "\\f".utf8
            // The two separators are escaped because JavaScript takes them for ends of lines.
            case "\0"..<" ", "\u{2028}", "\u{2029}": bytes += "\\u\(hex(scalar.value, digits: 4))".utf8
            default: bytes += UTF8.encode(scalar).map(Array.init) ?? []
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// A number in hexadecimal with leading zeros.
func hex(_ number: UInt32, digits: Int, uppercase: Bool = false) -> String {
    let text = String(number, radix: 16, uppercase: uppercase)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
