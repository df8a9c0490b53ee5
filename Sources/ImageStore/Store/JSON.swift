import FoundationEssentials
import LinuxSystem

/// The most bytes of one JSON document: manifests and configurations of real images are far below.
let documentLimit = 16 << 20

/// Reads a JSON document.
///
/// - Parameter object: what it is, for the error.
/// - Throws: `.malformed` with the member that is wrong.
func decodeJSON<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ object: @autoclosure () -> String) throws(ApusError) -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
        throw ApusError(.malformed, "\(object()) is damaged: \(sentence(error))")
    }
}

/// Writes a JSON document whose bytes depend on the value only.
func encodeJSON(_ value: some Encodable) throws(ApusError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
        return Array(try encoder.encode(value))
    } catch {
        throw ApusError(.invalidArgument, "cannot write JSON: \(sentence(error))")
    }
}

private func sentence(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context): "\(place(context.codingPath))\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        context.codingPath.isEmpty ? "it has the wrong form" : "\(place(context.codingPath))has the wrong type"
    case .dataCorrupted(let context):
        context.codingPath.isEmpty ? "it is not valid JSON" : "\(place(context.codingPath))\(context.debugDescription)"
    default: "it is not valid JSON"
    }
}

private func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : path.map(\.stringValue).joined(separator: ".") + " "
}
