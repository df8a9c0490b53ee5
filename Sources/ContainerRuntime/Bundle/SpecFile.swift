import FoundationEssentials
public import LinuxSystem
public import OCISpec

/// `config.json` and its like, read from files.
public enum SpecFile {
    /// The specification in a bundle's config.json, and its bytes.
    public static func read(_ path: String) throws(ApusError) -> (spec: Spec, bytes: [UInt8]) {
        let bytes = try readFile(path)
        return (try parse(Spec.self, bytes, name: path), bytes)
    }

    /// A value of the specification from its JSON.
    public static func parse<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], name: String) throws(ApusError) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch { throw ApusError(.malformed, "cannot read \(name): \(error)") }
    }
}

extension SpecFile {
    /// The process in a file, for `exec --process`.
    public static func readProcess(_ path: String) throws(ApusError) -> OCISpec.Process { try parse(OCISpec.Process.self, try readFile(path), name: path) }
}
