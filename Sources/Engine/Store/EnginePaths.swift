import LinuxSystem

/// Where one instance of Apus keeps its things.
///
/// The root names the instance: two roots never see or prune each other.
public struct EnginePaths: Sendable, Equatable {
    /// What survives a reboot: images, layers, containers, names, volumes.
    public let root: String
    /// What must not survive a reboot, below /run.
    public let run: String
    /// Eight hex digits of the root's path; they name the run directory and the cgroup parent.
    public let instance: String

    /// Takes an absolute root, whose links are resolved where it exists already.
    public init(root: String) {
        let named = Instance(root: root)
        self.root = named.root
        instance = named.name
        run = named.runDirectory
    }

    /// The root without `--root` and `APUS_ROOT`.
    public static let standardRoot = Instance.standardRoot

    /// The directory of a container.
    public func container(_ id: String) -> String { "\(root)/containers/\(id)" }
    /// The directory that takes what a container writes.
    ///
    /// With --rm, `upper` says that it was started, so what is copied into such a container before lies in `filled`; the start renames it.
    public func written(_ id: String) -> String {
        let (upper, filled) = ("\(container(id))/upper", "\(container(id))/filled")
        return fileExists(upper) || !fileExists(filled) ? upper : filled
    }
    /// All containers.
    public var containers: String { "\(root)/containers" }
    /// All snapshots.
    public var snapshots: String { "\(root)/snapshots" }
    /// The directory of a snapshot.
    public func snapshot(_ id: String) -> String { "\(snapshots)/\(id)" }
    /// Links from names to ids.
    public var names: String { "\(root)/names" }
    /// Named volumes.
    public var volumes: String { "\(root)/volumes" }
    /// What can be built again: seccomp filters.
    public var cache: String { "\(root)/cache" }
    /// The run directory of a container.
    public func running(_ id: String) -> String { "\(run)/\(id)" }
    /// The cgroup that holds this instance's containers.
    public var cgroupName: String { "apus-\(instance)" }

    /// The lock of a container: held while it runs.
    ///
    /// It lies below /run, on memory, and is made when it is first taken; after a reboot nothing runs and nothing is held.
    public func lock(_ id: String) -> String { "\(run)/\(id).lock" }
}
