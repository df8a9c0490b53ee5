import CYajl
import LinuxSystem

/// Builds a tape from the events of yajl, which looks at the grammar and decodes escapes.
///
/// yajl lets overlong UTF-8 and encoded surrogates pass, so the bytes are checked before.
@safe struct JSONTapeBuilder {
    private let name: String
    private let document: [UInt8]
    private var nodes = ContiguousArray<JSONTape.Node>()
    private var decoded: [UInt8] = []
    /// The arrays and objects that are open.
    private var open: [Int] = []
    /// What stopped the parser, where it was us.
    private var refusal: String?
    /// Where the document lies in memory, for the length of the parse.
    private var address: UInt = 0
    private var parser: yajl_handle?

    private init(_ document: [UInt8], _ name: String) {
        self.document = document
        self.name = name
        nodes.reserveCapacity(min(document.count / 8 + 8, 4096))
    }

    /// Parses a document.
    ///
    /// - Throws: `ApusError` with the line and column of what is wrong.
    static func build(_ document: [UInt8], name: String) throws(ApusError) -> JSONTape {
        guard document.count <= JSONLimits.bytes else { throw ApusError(.malformed, "\(name): longer than \(JSONLimits.bytes) bytes") }
        var builder = JSONTapeBuilder(document, name)
        try builder.checkEncoding()
        try builder.parse()
        return JSONTape(name: name, document: document, decoded: builder.decoded, nodes: builder.nodes)
    }

    private func checkEncoding() throws(ApusError) {
        let bytes = document
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw ApusError(.malformed, "\(name): \(place(error.byteOffsets.lowerBound + 1)): not UTF-8")
        }
    }

    private mutating func parse() throws(ApusError) {
        let (document, name) = (document, name)
        let sentence: String? = unsafe document.withUnsafeBufferPointer { text in
            address = UInt(bitPattern: text.baseAddress)
            return unsafe withUnsafeMutablePointer(to: &self) { builder in
                unsafe withUnsafePointer(to: yajlCallbacks) { callbacks in
                    unsafe Self.parse(text, into: builder, callbacks)
                }
            }
        }
        if let sentence { throw ApusError(.malformed, "\(name): \(sentence)") }
    }

    /// Parses; says what is wrong.
    private static func parse(
        _ text: UnsafeBufferPointer<UInt8>, into builder: UnsafeMutablePointer<JSONTapeBuilder>, _ callbacks: UnsafePointer<yajl_callbacks>
    ) -> String? {
        guard let parser = unsafe yajl_alloc(callbacks, nil, builder) else { return "out of memory" }
        defer { unsafe yajl_free(parser) }
        unsafe builder.pointee.parser = parser
        if unsafe yajl_parse(parser, text.baseAddress, text.count) != yajl_status_ok {
            return unsafe builder.pointee.whatIsWrong(parser, at: min(yajl_get_bytes_consumed(parser), text.count))
        }
        return unsafe yajl_complete_parse(parser) == yajl_status_ok ? nil : builder.pointee.whatIsWrong(parser, at: text.count)
    }

    /// What is wrong and where.
    private func whatIsWrong(_ parser: yajl_handle, at offset: Int) -> String {
        var reason = refusal ?? ""
        if refusal == nil, let text = unsafe yajl_get_error(parser, 0, nil, 0) {
            reason = unsafe String(cString: text)
            unsafe yajl_free_error(parser, text)
            while let last = reason.last, last.isNewline || last == "." { reason.removeLast() }
        }
        return "\(place(offset)): \(reason)"
    }

    /// Line and column after `offset` bytes.
    private func place(_ offset: Int) -> String {
        let before = document[..<offset]
        let column = offset - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0)
        return "line \(before.count { $0 == 10 } + 1), column \(max(1, column))"
    }

    /// Adds a value; false where it is one too many.
    mutating func add(_ kind: JSONTape.Node.Kind, isDecoded: Bool = false, start: Int = 0, count: Int = 0, isName: Bool = false) -> Bool {
        guard nodes.count < JSONLimits.values else { return refuse("it has more than \(JSONLimits.values) values") }
        if !isName, let parent = open.last { nodes[parent].count += 1 }
        nodes.append(
            JSONTape.Node(kind: kind, isDecoded: isDecoded, start: UInt32(start), count: UInt32(count), end: UInt32(nodes.count + 1)))
        return true
    }

    mutating func addText(_ kind: JSONTape.Node.Kind, _ text: UnsafePointer<UInt8>?, _ count: Int, isName: Bool = false) -> Bool {
        let start = UInt(bitPattern: text) &- address
        if start <= UInt(document.count), count <= document.count - Int(start) {
            return add(kind, start: Int(start), count: count, isName: isName)
        }
        // The text is the parser's own: a string with escapes, or a number that the document ends with.
        if kind == .string, let half = halfCharacter() { return refuse("the escape \(half) is half a character") }
        decoded.reserveCapacity(decoded.count + count)
        unsafe decoded.append(contentsOf: UnsafeBufferPointer(start: text, count: count))
        return add(kind, isDecoded: true, start: decoded.count - count, count: count, isName: isName)
    }

    mutating func begin(_ kind: JSONTape.Node.Kind) -> Bool {
        guard open.count < JSONLimits.depth else { return refuse("more than \(JSONLimits.depth) arrays and objects inside each other") }
        guard add(kind) else { return false }
        open.append(nodes.count - 1)
        return true
    }

    mutating func end() -> Bool {
        if let index = open.popLast() { nodes[index].end = UInt32(nodes.count) }
        return true
    }

    private mutating func refuse(_ sentence: String) -> Bool {
        refusal = sentence
        return false
    }

    /// The escape of a UTF-16 surrogate without its other half in the string that the parser has just passed: yajl would make a question
    /// mark of it, or text that is not UTF-8.
    private func halfCharacter() -> String? {
        guard let parser = unsafe parser else { return nil }
        let end = unsafe min(yajl_get_bytes_consumed(parser), document.count) - 1  // the closing quotation mark
        var index = end
        repeat { index -= 1 } while index > 0 && !(document[index] == UInt8(ascii: "\"") && !isEscaped(index))
        var awaited: String?
        while index < end {
            guard document[index] == UInt8(ascii: "\\") else {
                if awaited != nil && document[index] != UInt8(ascii: "\"") { return awaited }
                index += 1
                continue
            }
            guard document[index + 1] == UInt8(ascii: "u"), index + 6 <= end else {
                if awaited != nil { return awaited }
                index += 2
                continue
            }
            let escape = String(decoding: document[index..<index + 6], as: UTF8.self)
            let isLow = (0xdc00...0xdfff).contains(Int(escape.dropFirst(2), radix: 16) ?? 0)
            if isLow != (awaited != nil) { return awaited ?? escape }
            awaited = (0xd800...0xdbff).contains(Int(escape.dropFirst(2), radix: 16) ?? 0) ? escape : nil
            index += 6
        }
        return awaited
    }

    /// Whether an odd number of backslashes stands before the byte.
    private func isEscaped(_ index: Int) -> Bool {
        var first = index
        while first > 0 && document[first - 1] == UInt8(ascii: "\\") { first -= 1 }
        return (index - first) % 2 == 1
    }
}
