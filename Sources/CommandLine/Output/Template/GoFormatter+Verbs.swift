extension GoFormatter.Options {
    /// One value by one verb.
    func text(_ value: Value, verb: Unicode.Scalar) -> String {
        if verb == "T" { return padded(goType(value)) }
        if verb == "v" && plus {
            // With %v the plus asks for the names of fields and not for signs.
            var options = self
            (options.plus, options.names) = (false, true)
            return options.text(value, verb: verb)
        }
        return switch value {
        case .null: verb == "v" ? padded("<nil>") : "%!\(verb)(<nil>)"
        case .bool(let flag): verb == "t" || verb == "v" ? padded(flag ? "true" : "false") : bad(verb, value)
        case .int(let number): integer(number, verb: verb) ?? bad(verb, value)
        case .double(let number): float(number, verb: verb) ?? bad(verb, value)
        case .string(let text): string(text, verb: verb) ?? bad(verb, value)
        case .array(let elements): "[" + elements.map { text($0, verb: verb) }.joined(separator: " ") + "]"
        case .object(let object): object.isMap ? map(object, verb: verb) : structure(object, verb: verb)
        }
    }

    private func map(_ object: Value.Object, verb: Unicode.Scalar) -> String {
        "map[" + object.dataFields.map { "\(text(.string($0.name), verb: verb)):\(text($0.value, verb: verb))" }.joined(separator: " ") + "]"
    }

    private func structure(_ object: Value.Object, verb: Unicode.Scalar) -> String {
        "{" + object.dataFields.map { (names || sharp && verb == "v" ? "\($0.name):" : "") + text($0.value, verb: verb) }.joined(separator: " ") + "}"
    }

    private func bad(_ verb: Unicode.Scalar, _ value: Value) -> String { "%!\(verb)(\(goType(value))=\(goText(value)))" }

    private func string(_ text: String, verb: Unicode.Scalar) -> String? {
        let cut = precision.map { String(String.UnicodeScalarView(text.unicodeScalars.prefix($0))) } ?? text
        switch verb {
        case "v" where sharp, "q": return padded(sharp && verb == "q" && !cut.contains("`") ? "`\(cut)`" : goQuoted(cut))
        case "v", "s": return padded(cut)
        case "x", "X":
            let pairs = text.utf8.prefix(precision ?? Int.max).map { hex(UInt32($0), digits: 2, uppercase: verb == "X") }
            let prefix = sharp && !pairs.isEmpty ? "0\(verb)" : ""
            return padded(space ? pairs.map { prefix + $0 }.joined(separator: " ") : prefix + pairs.joined())
        default: return nil
        }
    }

    private func integer(_ number: Int, verb: Unicode.Scalar) -> String? {
        switch verb {
        case "v", "d": return integer(number, radix: 10)
        case "b": return integer(number, radix: 2, prefix: sharp ? "0b" : "")
        case "o": return integer(number, radix: 8, prefix: sharp ? "0" : "")
        case "O": return integer(number, radix: 8, prefix: "0o")
        case "x", "X": return integer(number, radix: 16, prefix: sharp ? "0\(verb)" : "", uppercase: verb == "X")
        case "c": return padded(String(scalar(number)))
        case "q": return padded("'\(goEscaped(scalar(number), quote: "'"))'")
        case "U": return padded("U+" + padHex(UInt(bitPattern: number)) + (sharp && number >= 0 ? " '\(scalar(number))'" : ""))
        default: return nil
        }
    }

    private func padHex(_ number: UInt) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, max(4, precision ?? 0) - digits.utf8.count)) + digits
    }

    private func scalar(_ number: Int) -> Unicode.Scalar { UInt32(exactly: number).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}" }

    private func integer(_ number: Int, radix: Int, prefix: String = "", uppercase: Bool = false) -> String {
        let sign = number < 0 ? "-" : plus ? "+" : space ? " " : ""
        var digits = String(number.magnitude, radix: radix, uppercase: uppercase)
        if precision == 0 && number == 0 { return padded("", zeros: false) }
        // Zeros up to the width count as digits, behind the sign; a precision comes first.
        let least = precision ?? (zero ? (width ?? 0) - sign.utf8.count : 0)
        digits = String(repeating: "0", count: max(0, least - digits.utf8.count)) + digits
        return padded(sign + prefix + digits, zeros: false)
    }

    private func float(_ number: Double, verb: Unicode.Scalar) -> String? {
        var digits: String
        switch verb {
        case "v", "g", "G": digits = precision.map { preciseFloat(number, verb: "g", precision: $0) } ?? shortestFloat(number, exponents: -4..<6)
        case "e", "E": digits = preciseFloat(number, verb: "e", precision: precision ?? 6)
        case "f", "F": digits = preciseFloat(number, verb: "f", precision: precision ?? 6)
        default: return nil
        }
        if verb == "E" || verb == "G" { digits = digits.uppercased() }
        var sign = ""
        if digits.hasPrefix("-") || digits.hasPrefix("+") { sign = String(digits.removeFirst()) }
        if sign == "+" && !plus { sign = number.isFinite ? "" : "+" }
        if sign.isEmpty { sign = plus ? "+" : space ? " " : "" }
        if zero, number.isFinite { digits = String(repeating: "0", count: max(0, (width ?? 0) - sign.utf8.count - digits.utf8.count)) + digits }
        return padded(sign + digits, zeros: false)
    }

    /// The text filled up to the width, counted in characters.
    private func padded(_ text: String, zeros: Bool = true) -> String {
        let count = max(0, (width ?? 0) - text.unicodeScalars.count)
        let filling = String(repeating: zero && zeros ? "0" : " ", count: count)
        return minus ? text + filling : filling + text
    }
}

/// A value as `%v` prints it.
func goText(_ value: Value) -> String { GoFormatter.Options().text(value, verb: "v") }

/// The name of a value's type in Go.
func goType(_ value: Value) -> String {
    switch value {
    case .null: "<nil>"
    case .bool: "bool"
    case .int: "int"
    case .double: "float64"
    case .string: "string"
    case .array(let elements): elements.allSatisfy { if case .string = $0 { true } else { false } } ? "[]string" : "[]interface {}"
    case .object(let object): object.isMap ? "map[string]interface {}" : "struct"
    }
}
