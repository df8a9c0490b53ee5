/// What an inspecting command prints for these values; `format` is what `--format` says.
///
/// Nothing gives a JSON list over lines, `json` a list on one line, a template one line for each value.
public func inspection(_ values: [Value], format: String? = nil) throws(TemplateError) -> String {
    switch format ?? "" {
    case "": return Value.array(values).json(pretty: true) + "\n"
    case "json": return Value.array(values).json() + "\n"
    case let format:
        let template = try Template(withEscapes(format))
        var text = ""
        for value in values { text += try template.text(value) + "\n" }
        return text
    }
}

/// The template with `\t` and `\n` outside of actions replaced by what they mean: a shell's quotes leave them as they are.
///
/// Docker replaces them inside of actions too, which breaks `{{println "a\n"}}`.
func withEscapes(_ format: String) -> String {
    var result: [UInt8] = []
    var rest = Array(format.utf8)[...]
    var isInside = false
    while let byte = rest.popFirst() {
        if let next = rest.first, byte == next, byte == UInt8(ascii: isInside ? "}" : "{") { isInside.toggle() }
        switch (byte, rest.first) {
        case (UInt8(ascii: "\\"), UInt8(ascii: "t")?) where !isInside: result.append(UInt8(ascii: "\t"))
        case (UInt8(ascii: "\\"), UInt8(ascii: "n")?) where !isInside: result.append(UInt8(ascii: "\n"))
        default:
            result.append(byte)
            continue
        }
        rest = rest.dropFirst()
    }
    return String(decoding: result, as: UTF8.self)
}
