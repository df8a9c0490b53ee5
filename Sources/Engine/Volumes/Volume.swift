import LinuxSystem

/// A volume: a directory that outlives containers, `volumes/<name>/_data`.
public struct Volume: Sendable, Equatable {
    /// Unique in the instance.
    public let name: String
    /// The directory that containers see.
    public let directory: String
    /// When it was made, RFC 3339.
    public let created: String
    /// Labels of the user's.
    public let labels: [String: String]
    /// Whether it was made for one container and has no name of the user's.
    public let isAnonymous: Bool
}

/// What is kept of a volume: `volumes/<name>/volume.json`.
struct VolumeRecord: Codable {
    var schemaVersion = 1
    var created = Timestamp.now().description
    var labels: [String: String] = [:]
    var isAnonymous = false
}

extension Volume {
    /// Whether a user may give a volume this name.
    static func isValid(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) }
        guard let first = name.utf8.first, (2...200).contains(name.utf8.count), isAlphanumeric(first) || first == 95 else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || [95, 46, 45].contains($0) }
    }
}
