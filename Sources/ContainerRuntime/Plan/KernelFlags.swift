/// Kinds of namespaces as the kernel's CLONE_NEW* bits (namespaces(7)).
public struct NamespaceKinds: OptionSet, Sendable, Hashable {
    /// The kernel's bits.
    public let rawValue: UInt64
    /// Takes the kernel's bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Mounts.
    public static let mount = NamespaceKinds(rawValue: 0x0002_0000)
    /// Cgroup roots.
    public static let cgroup = NamespaceKinds(rawValue: 0x0200_0000)
    /// Host and domain name.
    public static let uts = NamespaceKinds(rawValue: 0x0400_0000)
    /// System V IPC and POSIX message queues.
    public static let ipc = NamespaceKinds(rawValue: 0x0800_0000)
    /// User and group ids.
    public static let user = NamespaceKinds(rawValue: 0x1000_0000)
    /// Process ids.
    public static let pid = NamespaceKinds(rawValue: 0x2000_0000)
    /// Networks.
    public static let network = NamespaceKinds(rawValue: 0x4000_0000)
    /// Clocks.
    public static let time = NamespaceKinds(rawValue: 0x0000_0080)

    /// The names that the OCI specification uses for `linux.namespaces[].type`.
    public static let byName: [(name: String, kind: NamespaceKinds)] = [
        ("pid", .pid), ("network", .network), ("ipc", .ipc), ("uts", .uts), ("mount", .mount), ("cgroup", .cgroup), ("user", .user), ("time", .time),
    ]

    /// The names of the kinds in the set.
    public var names: [String] { Self.byName.filter { contains($0.kind) }.map(\.name) }
}

/// MOUNT_ATTR_* of mount_setattr(2).
public struct MountAttributes: OptionSet, Sendable, Hashable {
    /// The kernel's bits.
    public let rawValue: UInt64
    /// Takes the kernel's bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Nothing can be written.
    public static let readOnly = MountAttributes(rawValue: 0x1)
    /// Set-user-id bits have no effect.
    public static let noSUID = MountAttributes(rawValue: 0x2)
    /// Device nodes cannot be opened.
    public static let noDevices = MountAttributes(rawValue: 0x4)
    /// Programs cannot be run.
    public static let noExec = MountAttributes(rawValue: 0x8)
    /// Access times are not kept.
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    /// Access times are kept at each access.
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    /// The bits that together choose how access times are kept; they must be cleared before one is set.
    public static let accessTimeMask = MountAttributes(rawValue: 0x70)
    /// Access times of directories are not kept.
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
    /// Symbolic links are not followed.
    public static let noSymlinkFollow = MountAttributes(rawValue: 0x20_0000)
    /// Owners are shown through a user namespace's mappings.
    public static let idMap = MountAttributes(rawValue: 0x10_0000)
}

/// How mounts spread between peers (mount_namespaces(7)); the raw values are MS_* of mount(2).
public struct Propagation: Sendable, Hashable {
    /// The kernel's bits, without MS_REC.
    public let type: UInt64
    /// Whether the mounts below change too.
    public let isRecursive: Bool

    /// Makes a propagation from the option's name (`private`, `rslave`, …); nil for any other word.
    public init?(option: String) {
        let types: [String: UInt64] = ["unbindable": 1 << 17, "private": 1 << 18, "slave": 1 << 19, "shared": 1 << 20]
        if let type = types[option] {
            self.init(type: type, isRecursive: false)
        } else if option.first == "r", let type = types[String(option.dropFirst())] {
            self.init(type: type, isRecursive: true)
        } else {
            return nil
        }
    }

    private init(type: UInt64, isRecursive: Bool) {
        self.type = type
        self.isRecursive = isRecursive
    }

    /// No event goes in or out, on the whole tree.
    public static let recursivePrivate = Propagation(type: 1 << 18, isRecursive: true)
    /// Events come in, none goes out, on the whole tree.
    public static let recursiveSlave = Propagation(type: 1 << 19, isRecursive: true)
    /// Events go in and out.
    public static let shared = Propagation(type: 1 << 20, isRecursive: false)
}

/// What is done about the target of a mount (enum apus_mount_flags).
public struct MountTarget: OptionSet, Sendable, Hashable {
    /// The interpreter's bits.
    public let rawValue: UInt64
    /// Takes the interpreter's bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// A missing target becomes a directory.
    public static let makeDirectory = MountTarget(rawValue: 1)
    /// A missing target becomes an empty file.
    public static let makeFile = MountTarget(rawValue: 2)
    /// A symbolic link anywhere in the target is refused.
    public static let noSymlinks = MountTarget(rawValue: 4)
    /// A file system that the kernel lacks is left out.
    public static let optional = MountTarget(rawValue: 8)
    /// What is attached must be procfs.
    public static let fromProc = MountTarget(rawValue: 16)
    /// A tmpfs gets what its target holds.
    public static let copyUp = MountTarget(rawValue: 32)
}
