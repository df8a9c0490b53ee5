/// A tree of the host that appears in the container (open_tree(2), mount_setattr(2)).
public struct BindMount: Sendable, Equatable {
    /// The path on the host.
    public var source: String
    /// Whether the mounts below it come along.
    public var isRecursive = false
    /// Attributes to set on its top mount; others stay as the source has them.
    public var set: MountAttributes = []
    /// Attributes to clear on its top mount.
    public var clear: MountAttributes = []
    /// Attributes to set on the whole tree.
    public var recursiveSet: MountAttributes = []
    /// Attributes to clear on the whole tree.
    public var recursiveClear: MountAttributes = []
    /// How mounts spread between it and the host, set one after the other.
    public var propagations: [Propagation] = [.recursivePrivate]
    /// Whose ids its files have.
    public var idMap: MountIDMap?
    /// Whether the mounts below are id-mapped too.
    public var idMapIsRecursive = false

    /// A tree as it is, from which no mount spreads.
    public init(source: String) { self.source = source }
}

/// The mappings of an id-mapped mount (mount_setattr(2), MOUNT_ATTR_IDMAP).
public enum MountIDMap: Sendable, Equatable {
    /// Text for uid_map and gid_map: the id on the file system, the id that is shown, how many.
    case mappings(users: String, groups: String)
    /// The namespace file of a user namespace.
    case namespace(path: String)
}

extension LaunchPlan {
    /// A slot of its own for a bind mount: what is attached twice would move.
    mutating func slot(of bind: BindMount) -> Int {
        descriptors.append(.bind(bind))
        return descriptors.count - 1
    }
}
