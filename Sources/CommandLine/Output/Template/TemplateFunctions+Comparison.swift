extension TemplateFunctions {
    /// `eq`: basic values of one kind; numbers may be compared with numbers, nothing with everything.
    static func equal(_ a: Value, _ b: Value) throws(FunctionError) -> Bool {
        switch (a, b) {
        case (.null, _), (_, .null): return a == b
        case (.int(let a), .double(let b)): return Double(a) == b
        case (.double(let a), .int(let b)): return a == Double(b)
        case (.bool, .bool), (.int, .int), (.double, .double), (.string, .string): return a == b
        case (.array, _), (.object, _): throw FunctionError("non-comparable type \(goType(a))")
        case (_, .array), (_, .object): throw FunctionError("non-comparable type \(goType(b))")
        default: throw FunctionError("incompatible types for comparison")
        }
    }

    /// `lt` and its siblings: negative, zero or positive.
    static func order(_ a: Value, _ b: Value) throws(FunctionError) -> Int {
        func sign<Item: Comparable>(_ a: Item, _ b: Item) -> Int { a < b ? -1 : a == b ? 0 : 1 }
        switch (a, b) {
        case (.int(let a), .int(let b)): return sign(a, b)
        case (.double(let a), .double(let b)): return sign(a, b)
        case (.int(let a), .double(let b)): return sign(Double(a), b)
        case (.double(let a), .int(let b)): return sign(a, Double(b))
        // Go compares bytes.
        case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : a.utf8.elementsEqual(b.utf8) ? 0 : 1
        case (.array, _), (.object, _), (.null, _), (.bool, .bool): throw FunctionError("invalid type for comparison")
        default: throw FunctionError("incompatible types for comparison")
        }
    }
}
