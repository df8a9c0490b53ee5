import FoundationEssentials
import LinuxSystem

/// Reads a record of ours.
///
/// - Throws: `ApusError` naming the file when it is missing or damaged.
func readRecord<Record: Decodable>(_ type: Record.Type, _ path: String) throws(ApusError) -> Record {
    let bytes = try readFile(path)
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
        throw ApusError(.malformed, "cannot read \(path): it is damaged", hint: "remove what it belongs to")
    }
}

/// Reads a record of ours that may not be there.
func readRecordIfPresent<Record: Decodable>(_ type: Record.Type, _ path: String) throws(ApusError) -> Record? {
    do { return try readRecord(type, path) } catch  where error.errno == 2 { return nil }
}

/// Writes a record of ours in one step.
func writeRecord(_ record: some Encodable, _ path: String, durability: Durability = .rename) throws(ApusError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(record) } catch { throw ApusError(.system, "cannot encode \(path)") }
    try replaceFile(path, with: Array(data) + [10], mode: 0o600, durability: durability)
}
