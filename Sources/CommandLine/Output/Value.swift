/// A value to print: what commands give to tables, JSON and templates.
public enum Value: Sendable, Equatable {
    /// Nothing: null in JSON, `<nil>` in templates.
    case null
    /// True or false.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// A number with a fraction.
    case double(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([Value])
    /// Named values in order.
    case object(Object)

    /// Named values in the order of insertion; like a struct of Go, or like a map.
    public struct Object: Sendable, Equatable {
        /// One named value.
        public struct Field: Sendable, Equatable {
            /// The name, unique in its object.
            public let name: String
            /// The value.
            public let value: Value
            /// Whether only templates that name it see the field, as a method of Docker's rows (`{{.Label "key"}}`); JSON leaves it out.
            public let isMethod: Bool
        }

        /// The fields in order.
        public private(set) var fields: [Field]
        /// Whether the keys are data, as those of labels: a missing key is then no mistake, `{{.Labels.x}}` prints `<no value>`.
        public let isMap: Bool

        /// Makes an object; of fields with the same name the last one counts.
        public init(_ fields: [(String, Value)] = [], isMap: Bool = false) {
            self.fields = []
            self.isMap = isMap
            self.fields.reserveCapacity(fields.count)
            for (name, value) in fields { self[name] = value }
        }

        /// The value of a field; assigning nil removes it.
        public subscript(_ name: String) -> Value? {
            get { fields.first { $0.name == name }?.value }
            set { set(name, newValue, isMethod: false) }
        }

        /// Adds a field that only templates that name it see; a map is called with its key: `{{.Label "key"}}`.
        public mutating func addMethod(_ name: String, _ value: Value) { set(name, value, isMethod: true) }

        private mutating func set(_ name: String, _ value: Value?, isMethod: Bool) {
            let index = fields.firstIndex { $0.name == name }
            switch (index, value) {
            case (let index?, let value?): fields[index] = Field(name: name, value: value, isMethod: isMethod)
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(Field(name: name, value: value, isMethod: isMethod))
            case (nil, nil): break
            }
        }

        /// The fields that are data: in order, those of a map by name.
        var dataFields: [Field] {
            let data = fields.filter { !$0.isMethod }
            return isMap ? data.sorted { $0.name < $1.name } : data
        }

        /// The same object with its fields by name.
        func sorted() -> Object {
            var copy = self
            copy.fields.sort { $0.name < $1.name }
            return copy
        }
    }

    /// An object with these fields, in this order.
    public static func object(_ fields: [(String, Value)]) -> Value { .object(Object(fields)) }

    /// A map, such as labels.
    public static func map(_ entries: some Sequence<(key: String, value: String)>) -> Value {
        .object(Object(entries.map { ($0.key, .string($0.value)) }, isMap: true))
    }

    /// A list of texts.
    public static func strings(_ texts: some Sequence<String>) -> Value { .array(texts.map { .string($0) }) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Nothing.
    public init(nilLiteral: ()) { self = .null }
    /// A list.
    public init(arrayLiteral elements: Value...) { self = .array(elements) }
    /// An object with these fields, in this order.
    public init(dictionaryLiteral elements: (String, Value)...) { self = .object(Object(elements)) }
}
