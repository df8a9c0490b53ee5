import FoundationEssentials
import OCISpec

extension SeccompProfileFile {
    /// The JSON as it stands in the file; names that are not here (comments) are passed over, as Docker does.
    struct Content: Decodable, Sendable {
        let defaultAction: String?
        let defaultErrnoRet: UInt32?
        let archMap: [Architecture]?
        let architectures: [String]?
        let flags: [String]?
        let listenerPath: String?
        let listenerMetadata: String?
        let syscalls: [Rule]?
    }

    /// One line of `archMap`.
    struct Architecture: Decodable, Sendable {
        let architecture: String
        let subArchitectures: [String]?
    }

    /// One of `syscalls`.
    struct Rule: Decodable, Sendable {
        let name: String?
        let names: [String]?
        let action: String
        let errnoRet: UInt32?
        let args: [LinuxSeccompArg]?
        let includes: Filter?
        let excludes: Filter?
    }

    /// The conditions of a rule.
    struct Filter: Decodable, Sendable {
        let caps: [String]?
        let arches: [String]?
        let minKernel: String?
    }

    /// One line about what is wrong and where.
    static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context): "\(place(context.codingPath)) has the wrong type"
        case .valueNotFound(_, let context): "\(place(context.codingPath)) is null"
        case .dataCorrupted(let context): context.codingPath.isEmpty ? "it is no JSON" : "\(place(context.codingPath)) cannot be read"
        @unknown default: "it cannot be read"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue { text += "[\(index)]" } else { text += text.isEmpty ? key.stringValue : ".\(key.stringValue)" }
        }
        return text.isEmpty ? "the file" : text
    }
}
