import FoundationEssentials
import LinuxSystem

/// The JSON of a value of the specification.
func encoded(_ value: some Encodable) throws(ApusError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return Array(try encoder.encode(value)) } catch { throw ApusError(.system, "cannot encode a state") }
}
