/// Go's `Sprintf` over values, with its flags, widths, precisions and argument indexes, and its notes for mistakes such as `%!d(string=x)`.
struct GoFormatter {
    /// Flags, width and precision of one verb.
    struct Options {
        var plus = false
        var minus = false
        var sharp = false
        var space = false
        var zero = false
        /// Fields of objects are printed with their names.
        var names = false
        var width: Int?
        var precision: Int?
    }

    private let format: [Unicode.Scalar]
    private let arguments: [Value]
    private var index = 0
    private var next = 0
    private var isReordered = false
    private var isGoodIndex = true
    private var output = ""

    /// Beyond this Go refuses widths and precisions.
    private static let maximum = 1_000_000

    static func text(_ format: String, _ arguments: [Value]) -> String {
        var formatter = GoFormatter(format: Array(format.unicodeScalars), arguments: arguments)
        formatter.run()
        return formatter.output
    }

    private init(format: [Unicode.Scalar], arguments: [Value]) {
        self.format = format
        self.arguments = arguments
    }

    private mutating func run() {
        while index < format.count {
            if format[index] != "%" {
                output.unicodeScalars.append(format[index])
                index += 1
            } else {
                index += 1
                directive()
            }
        }
        if !isReordered, next < arguments.count {
            let extra = arguments[next...].map { $0 == .null ? "<nil>" : "\(goType($0))=\(goText($0))" }
            output += "%!(EXTRA \(extra.joined(separator: ", ")))"
        }
    }

    private mutating func directive() {
        isGoodIndex = true
        var options = flags()
        argumentIndex()
        if take("*") {
            options.width = numberArgument()
            if options.width == nil { output += "%!(BADWIDTH)" }
            if let width = options.width, width < 0 {
                options.width = -width
                options.minus = true
                options.zero = false
            }
        } else {
            options.width = number()
        }
        if take(".") {
            argumentIndex()
            if take("*") {
                options.precision = numberArgument()
                if options.precision ?? -1 < 0 {
                    options.precision = nil
                    output += "%!(BADPREC)"
                }
            } else {
                options.precision = number() ?? 0
            }
        }
        argumentIndex()
        guard index < format.count else {
            output += "%!(NOVERB)"
            return
        }
        let verb = format[index]
        index += 1
        if verb == "%" {
            output += "%"
        } else if !isGoodIndex {
            output += "%!\(verb)(BADINDEX)"
        } else if next >= arguments.count {
            output += "%!\(verb)(MISSING)"
        } else {
            output += options.text(arguments[next], verb: verb)
            next += 1
        }
    }

    private mutating func flags() -> Options {
        var options = Options()
        while index < format.count {
            switch format[index] {
            case "+": options.plus = true
            case "-":
                options.minus = true
                options.zero = false
            case "#": options.sharp = true
            case " ": options.space = true
            case "0": options.zero = !options.minus
            default: return options
            }
            index += 1
        }
        return options
    }

    /// `[3]`: the third argument is the next one.
    private mutating func argumentIndex() {
        guard index < format.count, format[index] == "[" else { return }
        isReordered = true
        guard let close = format[index...].firstIndex(of: "]") else {
            isGoodIndex = false
            index += 1
            return
        }
        let digits = String(String.UnicodeScalarView(format[(index + 1)..<close]))
        index = close + 1
        if let wanted = Int(digits), wanted >= 1, wanted <= arguments.count {
            next = wanted - 1
        } else {
            isGoodIndex = false
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard index < format.count, format[index] == scalar else { return false }
        index += 1
        return true
    }

    private mutating func number() -> Int? {
        let start = index
        var number = 0
        while index < format.count, let digit = Character(format[index]).wholeNumberValue, format[index].isASCII {
            number = number * 10 + digit
            index += 1
            if number > Self.maximum {
                // Go gives up on the whole directive: no verb is found.
                index = format.count
                return nil
            }
        }
        return index == start ? nil : number
    }

    private mutating func numberArgument() -> Int? {
        guard next < arguments.count else { return nil }
        defer { next += 1 }
        guard case .int(let number) = arguments[next], abs(max(number, -Int.max)) <= Self.maximum else { return nil }
        return number
    }
}
