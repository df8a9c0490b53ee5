/// The view of a type that decodes itself on its value; small enough to be passed without an allocation.
struct TapeDecoder: Decoder {
    let tape: JSONTape
    let index: Int

    var codingPath: [any CodingKey] { tape.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try TapeObject<Key>(tape, index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try TapeArray(tape, index) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension TapeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { tape.nodes[index].kind == .null }

    // One generic method stands for the fifteen of the protocol.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try tape.decode(type, at: index) }
}

/// An object.
struct TapeObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let tape: JSONTape
    private let index: Int
    /// The members by name where they are many.
    private let members: [String: Int]?

    init(_ tape: JSONTape, _ index: Int) throws {
        guard tape.nodes[index].kind == .object else { throw tape.unexpected("an object", index) }
        self.tape = tape
        self.index = index
        members = tape.nodes[index].count > 32 ? tape.members(of: index) : nil
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }

    var allKeys: [Key] {
        if let members { return members.keys.compactMap(Key.init(stringValue:)) }
        return tape.members(of: index).keys.compactMap(Key.init(stringValue:))
    }

    private func find(_ key: Key) -> Int? {
        members.map { $0[key.stringValue] } ?? tape.member(key.stringValue, of: index)
    }

    /// Where the value is; an absent one and null are missing.
    private func require(_ key: Key) throws -> Int {
        guard let value = find(key), tape.nodes[value].kind != .null else { throw tape.problem("is missing", at: index, member: key.stringValue) }
        return value
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { find(key).map { tape.nodes[$0].kind == .null } ?? true }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try tape.decode(type, at: require(key)) }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let value = find(key), tape.nodes[value].kind != .null else { return nil }
        return try tape.decode(type, at: value)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(try TapeObject<Nested>(tape, require(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try TapeArray(tape, require(key)) }

    func superDecoder() throws -> any Decoder { TapeDecoder(tape: tape, index: index) }

    func superDecoder(forKey key: Key) throws -> any Decoder { TapeDecoder(tape: tape, index: try require(key)) }
}

/// An array, read from the first element to the last.
struct TapeArray: UnkeyedDecodingContainer {
    private let tape: JSONTape
    private let index: Int
    private var next: Int
    private(set) var currentIndex = 0

    init(_ tape: JSONTape, _ index: Int) throws {
        guard tape.nodes[index].kind == .array else { throw tape.unexpected("an array", index) }
        self.tape = tape
        self.index = index
        next = index + 1
    }

    var codingPath: [any CodingKey] { tape.path(to: index) }
    var count: Int? { Int(tape.nodes[index].count) }
    var isAtEnd: Bool { next >= Int(tape.nodes[index].end) }

    private func require() throws -> Int {
        if isAtEnd { throw tape.problem("has only \(currentIndex) elements", at: index) }
        return next
    }

    private mutating func advance() {
        next = Int(tape.nodes[next].end)
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        let isNull = try tape.nodes[require()].kind == .null
        if isNull { advance() }
        return isNull
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try tape.decode(type, at: require())
        advance()
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        let container = KeyedDecodingContainer(try TapeObject<Nested>(tape, require()))
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try TapeArray(tape, require())
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = TapeDecoder(tape: tape, index: try require())
        advance()
        return decoder
    }
}
