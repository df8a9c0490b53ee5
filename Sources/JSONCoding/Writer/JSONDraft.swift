import LinuxSystem

/// A value on its way to JSON text; containers are filled while the type encodes itself, hence the references.
final class JSONDraft {
    enum Content {
        /// Nothing was encoded: an empty object, as `Encodable` types without properties are.
        case nothing
        /// null, true, false or a number.
        case word(String)
        case text(String)
        case array([JSONDraft])
        case object([(name: String, value: JSONDraft)])
    }

    var content = Content.nothing

    init(_ content: Content = .nothing) { self.content = content }

    /// The draft of a value.
    static func of<Value: Encodable>(_ value: Value) throws -> JSONDraft {
        switch value {
        case let text as String: return JSONDraft(.text(text))
        case let flag as Bool: return JSONDraft(.word(flag ? "true" : "false"))
        case let number as any FixedWidthInteger: return JSONDraft(.word("\(number)"))
        case let number as Double: return try number.isFinite ? JSONDraft(.word("\(number)")) : { throw notFinite }()
        case let number as Float: return try number.isFinite ? JSONDraft(.word("\(number)")) : { throw notFinite }()
        default:
            let draft = JSONDraft()
            try value.encode(to: DraftEncoder(draft: draft))
            if value is any StringKeyed, case .object(let members) = draft.content {
                draft.content = .object(members.sorted { $0.name < $1.name })
            }
            return draft
        }
    }

    private static let notFinite = ApusError(.invalidArgument, "cannot write a value as JSON: a number is not finite")

    func append(_ element: JSONDraft) {
        if case .array(var elements) = content {
            content = .nothing  // so that the array has one owner
            elements.append(element)
            content = .array(elements)
        } else {
            content = .array([element])
        }
    }

    func set(_ name: String, _ value: JSONDraft) {
        if case .object(var members) = content {
            content = .nothing
            members.append((name, value))
            content = .object(members)
        } else {
            content = .object([(name, value)])
        }
    }
}

/// Dictionaries, whose order means nothing.
private protocol StringKeyed {}
extension Dictionary: StringKeyed where Key == String {}

/// Writes a draft as text.
struct JSONPrinter {
    let indent: String
    private(set) var bytes: [UInt8] = []

    init(indent: String) { self.indent = indent }

    mutating func print(_ draft: JSONDraft, depth: Int) {
        switch draft.content {
        case .nothing: bytes += "{}".utf8
        case .word(let word): bytes += word.utf8
        case .text(let text): print(text)
        case .array(let elements):
            printList("[", "]", elements, depth) { printer, element in printer.print(element, depth: depth + 1) }
        case .object(let members):
            printList("{", "}", members, depth) { printer, member in
                printer.print(member.name)
                printer.bytes += (printer.indent.isEmpty ? ":" : ": ").utf8
                printer.print(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func printList<Element>(
        _ open: String, _ close: String, _ elements: [Element], _ depth: Int, _ print: (inout JSONPrinter, Element) -> Void
    ) {
        bytes += open.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            newLine(depth + 1)
            print(&self, element)
        }
        if !elements.isEmpty { newLine(depth) }
        bytes += close.utf8
    }

    private mutating func newLine(_ depth: Int) {
        if !indent.isEmpty { bytes += ("\n" + String(repeating: indent, count: depth)).utf8 }
    }

    private mutating func print(_ text: String) { appendJSON(text, to: &bytes) }
}

/// Appends a text in quotes.
func appendJSON(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x0a: bytes += "\\n".utf8
        case 0x0d: bytes += "\\r".utf8
        case 0x09: bytes += "\\t".utf8
        case 0..<0x20: bytes += "\\u00\(byte < 0x10 ? "0" : "1")\(String(byte & 0xf, radix: 16))".utf8
        default: bytes.append(byte)
        }
    }
    bytes.append(UInt8(ascii: "\""))
}
