/// What a command is about to do to a container for its snapshots: `containers/<id>/intent.json`.
///
/// From the moment it is written, what it says happens: by the command itself or, if that was killed, by the next one that looks at the container.
///
///     take      stopped: the upper directory becomes the snapshot's layer
///     restore   stopped: the upper directory is put aside, and other layers are stood on
///     copy      running: it is frozen until its upper directory is copied; undone, not finished
struct SnapshotIntent: Codable {
    enum Kind: String, Codable { case take, restore, copy }

    var schemaVersion = 1
    var kind: Kind
    /// The snapshot that is being made; for `restore`, the one that the upper directory is put aside as, which nobody needs.
    var id: String
    /// The record of the snapshot to be.
    var snapshot: SnapshotRecord?
    /// What the container will stand on.
    var layers: [String] = []
    /// Where its state will come from.
    var lineage: [String] = []
    /// Whether it was frozen before.
    var wasFrozen = false
}
