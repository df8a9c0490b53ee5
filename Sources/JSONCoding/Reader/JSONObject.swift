public import LinuxSystem

/// Parses a document that is one object; the limits and rules are those of `readJSON`.
public func parseJSON(_ bytes: [UInt8], name: String) throws(ApusError) -> JSONObject {
    try JSONObject(JSONTapeBuilder.build(bytes, name: name), 0)
}

/// An object of a document, for types that read themselves without Codable.
///
/// In a process that reads one document and ends, Codable's generic types cost four times what the parser does (decision 0006). Each method
/// gives nil for a member that is absent or null, the `required` ones an error; the last of members with the same name counts.
public struct JSONObject {
    @usableFromInline let tape: JSONTape
    private let index: Int

    @usableFromInline
    init(_ tape: JSONTape, _ index: Int) throws(ApusError) {
        guard tape.nodes[index].kind == .object else { throw tape.unexpected("an object", index) }
        self.tape = tape
        self.index = index
    }

    @usableFromInline
    func find(_ name: String) -> Int? {
        guard let value = tape.member(name, of: index), tape.nodes[value].kind != .null else { return nil }
        return value
    }

    /// A text.
    public func string(_ name: String) throws(ApusError) -> String? {
        guard let value = find(name) else { return nil }
        return try tape.string(value)
    }

    /// True or false.
    public func bool(_ name: String) throws(ApusError) -> Bool? {
        guard let value = find(name) else { return nil }
        return try tape.bool(value)
    }

    /// A whole number that fits its type.
    @inlinable
    public func integer<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws(ApusError) -> Number? {
        guard let value = find(name) else { return nil }
        return try tape.number(value, type)
    }

    /// Texts.
    public func strings(_ name: String) throws(ApusError) -> [String]? {
        guard let value = find(name) else { return nil }
        return try tape.strings(value)
    }

    /// Whole numbers that fit their type.
    @inlinable
    public func integers<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws(ApusError) -> [Number]? {
        guard let array = find(name) else { return nil }
        var numbers: [Number] = []
        for element in try tape.elements(of: array) { numbers.append(try tape.number(element, type)) }
        return numbers
    }

    /// Texts by name.
    public func stringMap(_ name: String) throws(ApusError) -> [String: String]? {
        guard let value = find(name) else { return nil }
        return try tape.stringMap(value)
    }

    /// An object, made into a value.
    @inlinable
    public func object<Value>(_ name: String, _ make: (JSONObject) throws(ApusError) -> Value) throws(ApusError) -> Value? {
        guard let value = find(name) else { return nil }
        return try make(JSONObject(tape, value))
    }

    /// Objects, each made into a value.
    @inlinable
    public func objects<Value>(_ name: String, _ make: (JSONObject) throws(ApusError) -> Value) throws(ApusError) -> [Value]? {
        guard let array = find(name) else { return nil }
        var values: [Value] = []
        for element in try tape.elements(of: array) { values.append(try make(JSONObject(tape, element))) }
        return values
    }

    /// Objects by name, each made into a value.
    @inlinable
    public func objectMap<Value>(_ name: String, _ make: (JSONObject) throws(ApusError) -> Value) throws(ApusError) -> [String: Value]? {
        guard let object = find(name) else { return nil }
        var values: [String: Value] = [:]
        for (key, value) in try tape.lastMembers(of: object) { values[key] = try make(JSONObject(tape, value)) }
        return values
    }

    /// A text that must be there.
    public func requiredString(_ name: String) throws(ApusError) -> String {
        guard let value = try string(name) else { throw missing(name) }
        return value
    }

    /// True or false, which must be there.
    public func requiredBool(_ name: String) throws(ApusError) -> Bool {
        guard let value = try bool(name) else { throw missing(name) }
        return value
    }

    /// Texts that must be there.
    public func requiredStrings(_ name: String) throws(ApusError) -> [String] {
        guard let value = try strings(name) else { throw missing(name) }
        return value
    }

    /// A whole number that must be there.
    @inlinable
    public func requiredInteger<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws(ApusError) -> Number {
        guard let value = try integer(name, as: type) else { throw missing(name) }
        return value
    }

    @usableFromInline
    func missing(_ name: String) -> ApusError { tape.problem("is missing", at: index, member: name) }
}
