import JSONCoding
import LinuxSystem

/// The JSON of a value of the specification.
func encoded(_ value: some Encodable) throws(ApusError) -> [UInt8] { try writeJSON(value) }
