/// The functions of templates: those of Go, and those that Docker adds.
enum TemplateFunctions {
    /// What a function does with its evaluated arguments; nil stands for "no value".
    typealias Body = @Sendable ([Value]) throws(FunctionError) -> Value?

    /// How many arguments a function takes; nil for a word that is no function.
    static func arity(_ name: String) -> ClosedRange<Int>? { name == "and" || name == "or" ? 1...Int.max : all[name]?.arity }

    /// Calls a function other than `and` and `or`, which do not evaluate all of their arguments.
    static func call(_ name: String, _ arguments: [Value]) throws(FunctionError) -> Value? {
        guard let function = all[name] else { throw FunctionError("not a function") }
        return try function.body(arguments)
    }

    struct Function: Sendable {
        let arity: ClosedRange<Int>
        let body: Body

        init(_ arity: ClosedRange<Int>, _ body: @escaping Body) {
            self.arity = arity
            self.body = body
        }
    }

    private static let all = general.merging(texts) { first, _ in first }

    private static let general: [String: Function] = [
        "not": Function(1...1) { arguments throws(FunctionError) in .bool(!isTrue(arguments[0])) },
        "len": Function(1...1) { arguments throws(FunctionError) in .int(try length(arguments[0])) },
        "index": Function(1...Int.max) { arguments throws(FunctionError) in
            var item: Value? = arguments[0]
            for index in arguments.dropFirst() { item = try element(item ?? .null, index) }
            return item
        },
        "slice": Function(1...4) { arguments throws(FunctionError) in try slice(arguments[0], Array(arguments.dropFirst())) },
        "eq": Function(1...Int.max) { arguments throws(FunctionError) in
            if arguments.count == 1 { throw FunctionError("missing argument for comparison") }
            for other in arguments.dropFirst() where try equal(arguments[0], other) { return .bool(true) }
            return .bool(false)
        },
        "ne": Function(2...2) { arguments throws(FunctionError) in .bool(!(try equal(arguments[0], arguments[1]))) },
        "lt": Function(2...2) { arguments throws(FunctionError) in .bool(try order(arguments[0], arguments[1]) < 0) },
        "le": Function(2...2) { arguments throws(FunctionError) in .bool(try order(arguments[0], arguments[1]) <= 0) },
        "gt": Function(2...2) { arguments throws(FunctionError) in .bool(try order(arguments[0], arguments[1]) > 0) },
        "ge": Function(2...2) { arguments throws(FunctionError) in .bool(try order(arguments[0], arguments[1]) >= 0) },
    ]

    /// Whether `if` takes the value for true: everything but zero, empty and nothing.
    static func isTrue(_ value: Value?) -> Bool {
        switch value {
        case nil, .null?: false
        case .bool(let flag)?: flag
        case .int(let number)?: number != 0
        case .double(let number)?: number != 0
        case .string(let text)?: !text.isEmpty
        case .array(let elements)?: !elements.isEmpty
        case .object(let object)?: !object.isMap || !object.dataFields.isEmpty
        }
    }

    private static func length(_ value: Value) throws(FunctionError) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .array(let elements): elements.count
        case .object(let object) where object.isMap: object.dataFields.count
        case .null: throw FunctionError("len of nil pointer")
        default: throw FunctionError("len of type \(goType(value))")
        }
    }

    private static func element(_ item: Value, _ index: Value) throws(FunctionError) -> Value? {
        switch item {
        case .array(let elements): return elements[try position(index, below: elements.count)]
        case .string(let text):
            let bytes = Array(text.utf8)
            return .int(Int(bytes[try position(index, below: bytes.count)]))
        case .object(let object) where object.isMap:
            guard case .string(let name) = index else { throw FunctionError("value has type \(goType(index)); should be string") }
            if let value = object[name] { return value == .null ? nil : value }
            // A missing entry is the zero of the entries' type: in labels an empty text.
            let holdsTexts = object.fields.allSatisfy { if case .string = $0.value { true } else { false } }
            return holdsTexts ? .string("") : nil
        case .null: throw FunctionError("index of untyped nil")
        default: throw FunctionError("can't index item of type \(goType(item))")
        }
    }

    private static func position(_ value: Value, below limit: Int) throws(FunctionError) -> Int {
        guard case .int(let position) = value else {
            throw FunctionError(value == .null ? "cannot index slice/array with nil" : "cannot index slice/array with type \(goType(value))")
        }
        guard position >= 0, position < limit else { throw FunctionError("index out of range: \(position)") }
        return position
    }

    private static func slice(_ value: Value, _ indexes: [Value]) throws(FunctionError) -> Value {
        let count: Int
        switch value {
        case .string(let text):
            if indexes.count == 3 { throw FunctionError("cannot 3-index slice a string") }
            count = text.utf8.count
        case .array(let elements): count = elements.count
        case .null: throw FunctionError("slice of untyped nil")
        default: throw FunctionError("can't slice item of type \(goType(value))")
        }
        var bounds = [0, count]
        // The third index is the capacity, which nobody sees; it is checked all the same.
        for (place, index) in indexes.enumerated() {
            let bound = try position(index, below: count + 1)
            if place < 2 { bounds[place] = bound }
            if place == 2 && bound < bounds[1] { throw FunctionError("invalid slice index: \(bounds[1]) > \(bound)") }
        }
        if bounds[0] > bounds[1] { throw FunctionError("invalid slice index: \(bounds[0]) > \(bounds[1])") }
        if case .array(let elements) = value { return .array(Array(elements[bounds[0]..<bounds[1]])) }
        guard case .string(let text) = value else { return value }
        return .string(String(decoding: Array(text.utf8)[bounds[0]..<bounds[1]], as: UTF8.self))
    }
}
