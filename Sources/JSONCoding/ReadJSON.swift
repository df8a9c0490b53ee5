public import LinuxSystem

/// What a document may hold, so that a hostile one costs neither much memory nor much time.
enum JSONLimits {
    /// Bytes of a document; offsets are kept in 32 bits.
    static let bytes = 64 << 20
    /// Objects and arrays inside each other.
    static let depth = 256
    /// Values and member names; each takes 16 bytes.
    static let values = 1_000_000
}

/// Decodes a JSON document (RFC 8259): UTF-8 without a byte order mark, one value, nothing after it.
///
/// Of members with the same name the last one counts, as in Go; null is the same as an absent member; unknown members are ignored. Whole
/// numbers must be written as such (`1000`, not `1e3`) and fit their type.
///
/// - Parameter name: how errors call the document, for example the path of the file.
/// - Throws: `ApusError` naming the document and the place, as in
///   `config.json: linux.resources.memory.limit: expected a number, found a string`.
public func readJSON<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], name: String) throws(ApusError) -> Value {
    let tape = try JSONTapeBuilder.build(bytes, name: name)
    do {
        return try tape.decode(type, at: 0)
    } catch let error as ApusError {
        throw error
    } catch let error as DecodingError {
        throw tape.problem(error)
    } catch {
        throw ApusError(.malformed, "\(name): \(error)")
    }
}
