/// Something of an instance that is damaged.
public struct Damage: Sendable, Equatable {
    /// What it is: `blob`, `layer`, `container`, `name`, `snapshot` and so on.
    public let kind: String
    /// Its digest, id or name.
    public let object: String
    /// What is wrong.
    public let problem: String
    /// The names of the images that need it.
    public let images: [String]
    /// The names of the containers that need it.
    public let containers: [String]
    /// What can be done about it.
    public let remedy: String
    /// Whether that was done.
    public var isRepaired = false
    /// What is to be known of the repair.
    public var remark: String?
}

/// What a check of an instance came to.
public struct InstanceCheck: Sendable, Equatable {
    /// How many images, blobs, unpacked layers, containers and snapshots were looked at.
    public var (images, blobs, layers, containers, snapshots) = (0, 0, 0, 0, 0)
    /// How many things in the images' store nothing needs, which a prune removes.
    public var garbage = 0
    /// What is damaged.
    public var damages: [Damage] = []

    /// Whether nothing damaged is left.
    public var isClean: Bool { damages.allSatisfy(\.isRepaired) }
}
