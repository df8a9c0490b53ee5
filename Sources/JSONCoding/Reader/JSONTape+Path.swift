import LinuxSystem

extension JSONTape {
    /// Where a value lies, by member names and element numbers from the root; found only when an error has to say it.
    func path(to target: Int) -> [JSONKey] {
        var path: [JSONKey] = []
        var container = 0
        while container < target {
            var child = container + 1
            var number = 0
            let isObject = nodes[container].kind == .object
            while true {
                let value = isObject ? child + 1 : child
                if target < Int(nodes[value].end) {
                    path.append(isObject ? JSONKey(stringValue: text(child)) : JSONKey(intValue: number))
                    container = value
                    break
                }
                child = Int(nodes[value].end)
                number += 1
            }
        }
        return path
    }

    /// The error that a value is wrong.
    func problem(_ sentence: String, at index: Int, member: String? = nil) -> ApusError {
        problem(sentence, path(to: index) + (member.map { [JSONKey(stringValue: $0)] } ?? []))
    }

    /// The error of a type that decodes itself.
    func problem(_ error: DecodingError) -> ApusError {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            problem(context.debugDescription, context.codingPath)
        case .keyNotFound(let key, let context): problem("is missing", context.codingPath + [key])
        @unknown default: problem("\(error)", [])
        }
    }

    private func problem(_ sentence: String, _ path: [any CodingKey]) -> ApusError {
        ApusError(.malformed, path.isEmpty ? "\(name): \(sentence)" : "\(name): \(describe(path)): \(sentence)")
    }

    /// What a value is, for "expected a number, found ...".
    func kindName(_ index: Int) -> String {
        switch nodes[index].kind {
        case .null: "null"
        case .no, .yes: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The name of a member or the number of an element.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

/// A path as people write it: `mounts[3].options`; a name with other than letters, digits, `_` and `-` stands in quotation marks.
private func describe(_ path: [any CodingKey]) -> String {
    var text = ""
    for key in path {
        let name = key.stringValue
        if let number = key.intValue {
            text += "[\(number)]"
        } else if !name.isEmpty, name.utf8.count <= 80, name.utf8.allSatisfy(isWordByte) {
            text += text.isEmpty ? name : "." + name
        } else {
            text += "[\(shown(name))]"
        }
    }
    return text
}

private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
        UInt8(ascii: "-"):
        true
    default: false
    }
}

/// A text in quotation marks on one line, cut where it is long.
func shown(_ text: String) -> String {
    var result = "\""
    for (index, scalar) in text.unicodeScalars.prefix(81).enumerated() {
        if index == 80 { return result + "...\"" }
        result += scalar == "\"" || scalar.value < 0x20 || scalar.value == 0x7f ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return result + "\""
}
