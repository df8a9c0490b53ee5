import LinuxSystem

/// What is kept of a snapshot: `snapshots/<id>/snapshot.json`, beside the layer itself in `fs`.
///
/// A snapshot is there for users while it has a record with a name and its container is there. Its layer is there while that holds, or while a
/// container or another such snapshot stands on it: derived at each removal, never counted.
public struct SnapshotRecord: Codable, Sendable, Equatable {
    /// The version of this shape.
    public var schemaVersion = 1
    /// 64 hex digits.
    public var id: String
    /// Unique among the container's; nil where it was taken for a clone to stand on.
    public var name: String?
    /// The container.
    public var container: String
    /// The ids of the snapshots that the container's state came from, the nearest first.
    public var ancestors: [String]
    /// When it was taken, RFC 3339.
    public var created: String
    /// The image as the user named it.
    public var imageName: String
    /// The image's id (the digest of its config).
    public var imageID: String
    /// The layers below its own, the top one first.
    public var layers: [String]

    /// Makes the record of a new snapshot.
    init(of container: ContainerRecord, name: String?) {
        id = ContainerRecord.randomID()
        self.name = name
        self.container = container.id
        ancestors = container.snapshots ?? []
        created = Timestamp.now().description
        imageName = container.imageName
        imageID = container.imageID
        layers = container.layers
    }

    /// The id as it is shown in lists.
    public var shortID: String { String(id.prefix(12)) }

    /// What a container in this state stands on.
    var stack: [String] { [Self.layerName(id)] + layers }

    /// The snapshots that such a container's state comes from.
    var lineage: [String] { [id] + ancestors }

    /// The name of a snapshot's layer beside the short names of the images' layers, which are hex digits.
    static func layerName(_ id: String) -> String { "s" + id.prefix(12) }

    static func isLayerName(_ name: String) -> Bool { name.first == "s" && name != "skeleton" }
}

/// A snapshot as users see it.
public struct Snapshot: Sendable, Equatable {
    /// What is kept of it.
    public let record: SnapshotRecord
    /// Its name.
    public let name: String
    /// Its container's name as it is now.
    public let containerName: String
    /// The nearest snapshot of the container before it that is still there; nil for none.
    public let parent: String?
    /// Whether the container's state came from it, with nothing between.
    public let isCurrent: Bool
}
