public import LinuxSystem

/// What is kept of a container from its creation to its removal: `containers/<id>/container.json`.
public struct ContainerRecord: Codable, Sendable, Equatable {
    /// The version of this shape.
    public var schemaVersion = 1
    /// 64 hex digits.
    public var id: String
    /// Unique in the instance.
    public var name: String
    /// When it was created, RFC 3339.
    public var created: String
    /// The image as the user named it.
    public var imageName: String
    /// The image's id (the digest of its config).
    public var imageID: String
    /// The read-only layers that it stands on, the top one first: snapshots, the image's layers, the skeleton.
    public var layers: [String]
    /// The ids of the snapshots that its state comes from, the nearest first; nil for none.
    public var snapshots: [String]?
    /// What the user asked for.
    public var settings: ContainerSettings

    /// Makes a record of a new container with a random id.
    public init(name: String, imageName: String, imageID: String, layers: [String], settings: ContainerSettings) {
        id = Self.randomID()
        self.name = name
        created = Timestamp.now().description
        self.imageName = imageName
        self.imageID = imageID
        self.layers = layers
        self.settings = settings
    }

    /// The program and its arguments.
    public var arguments: [String] { settings.entrypoint + settings.command }

    /// The id as it is shown in lists.
    public var shortID: String { String(id.prefix(12)) }

    /// The host name inside.
    public var hostname: String { settings.hostname ?? shortID }

    /// Whether a text has the form of an id.
    static func isID(_ text: String) -> Bool { text.utf8.count == 64 && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 || $0 >= 97 && $0 <= 102 } }

    static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// How a container ended: `containers/<id>/exit.json`, written by its monitor.
public struct ExitRecord: Codable, Sendable, Equatable {
    /// The version of this shape.
    public var schemaVersion = 1
    /// The program's exit code; 128 + N after signal N.
    public var exitCode: Int32
    /// Whether the kernel killed a process of it for want of memory.
    public var oomKilled: Bool
    /// When it was started, RFC 3339; nil where it never ran or its monitor was lost.
    public var startedAt: String?
    /// When it ended, RFC 3339.
    public var finishedAt: String
    /// Why it never ran, or how its record was lost.
    public var error: String?
    /// Whether the program could not be started.
    public var neverRan: Bool?

    /// Makes a record.
    public init(exitCode: Int32, oomKilled: Bool = false, finishedAt: String = Timestamp.now().description, error: String? = nil, neverRan: Bool? = nil) {
        self.exitCode = exitCode
        self.oomKilled = oomKilled
        self.finishedAt = finishedAt
        self.error = error
        self.neverRan = neverRan
    }
}

/// What is known of a running container: `state.json` in its run directory, written by its monitor.
public struct RunRecord: Codable, Sendable, Equatable {
    /// The version of this shape.
    public var schemaVersion = 1
    /// Process 1's pid on the host.
    public var pid: Int32
    /// The monitor's pid.
    public var monitorPid: Int32
    /// When it was started, RFC 3339.
    public var startedAt: String
}
