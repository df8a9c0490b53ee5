/// The view of a type that encodes itself on its draft.
struct DraftEncoder: Encoder {
    let draft: JSONDraft

    // Errors name no place: what is written is our own.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(DraftObject<Key>(draft))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { DraftArray(draft) }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension DraftEncoder: SingleValueEncodingContainer {
    func encodeNil() { draft.content = .word("null") }

    // One generic method stands for the fifteen of the protocol.
    func encode<Value: Encodable>(_ value: Value) throws { draft.content = try JSONDraft.of(value).content }
}

/// An object.
private struct DraftObject<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let draft: JSONDraft
    let codingPath: [any CodingKey] = []

    init(_ draft: JSONDraft) {
        self.draft = draft
        if case .nothing = draft.content { draft.content = .object([]) }
    }

    func encodeNil(forKey key: Key) { draft.set(key.stringValue, JSONDraft(.word("null"))) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { draft.set(key.stringValue, try JSONDraft.of(value)) }

    private func member(_ name: String) -> JSONDraft {
        let member = JSONDraft()
        draft.set(name, member)
        return member
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(DraftObject<Nested>(member(key.stringValue)))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { DraftArray(member(key.stringValue)) }

    func superEncoder() -> any Encoder { DraftEncoder(draft: member("super")) }

    func superEncoder(forKey key: Key) -> any Encoder { DraftEncoder(draft: member(key.stringValue)) }
}

/// An array.
private struct DraftArray: UnkeyedEncodingContainer {
    let draft: JSONDraft
    let codingPath: [any CodingKey] = []
    private(set) var count = 0

    init(_ draft: JSONDraft) {
        self.draft = draft
        draft.content = .array([])
    }

    mutating func encodeNil() {
        draft.append(JSONDraft(.word("null")))
        count += 1
    }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        draft.append(try JSONDraft.of(value))
        count += 1
    }

    private mutating func element() -> JSONDraft {
        let element = JSONDraft()
        draft.append(element)
        count += 1
        return element
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(DraftObject<Nested>(element()))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { DraftArray(element()) }

    mutating func superEncoder() -> any Encoder { DraftEncoder(draft: element()) }
}
