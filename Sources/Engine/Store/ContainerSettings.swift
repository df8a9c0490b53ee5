public import OCISpec

/// What the user asked for: the flags of `run` and `create`, resolved against the image where the image has a default.
///
/// The specification is built from it anew at each start, so a change of Apus or of the host reaches old containers too.
public struct ContainerSettings: Codable, Sendable, Equatable {
    /// The host name; nil takes the first twelve digits of the id, or the host's own with the host's network.
    public var hostname: String?
    /// The NIS domain name.
    public var domainname: String?
    /// `NAME=value`, the image's and then the user's.
    public var env: [String] = []
    /// The working directory.
    public var workingDirectory = "/"
    /// `name|uid[:group|gid]`; empty for root.
    public var user = ""
    /// Supplementary groups, names or ids.
    public var groupAdd: [String] = []
    /// The program in front of the command, from the image or the user.
    public var entrypoint: [String] = []
    /// The command and its arguments.
    public var command: [String] = []
    /// Labels, the image's and then the user's.
    public var labels: [String: String] = [:]
    /// Whether stdio is a terminal.
    public var tty = false
    /// Whether stdin stays open.
    public var openStdin = false
    /// Whether stdin ends with the first client's.
    public var stdinOnce = false
    /// The signal of `stop`, by name; nil for SIGTERM.
    public var stopSignal: String?
    /// Seconds between the stop signal and SIGKILL; nil for 10.
    public var stopTimeout: Int?
    /// Volumes, bind mounts and tmpfs.
    public var mounts: [MountSetting] = []
    /// Whether the root filesystem is read-only.
    public var readOnly = false
    /// Limits.
    public var resources = ResourceSettings()
    /// Limits of each process (`--ulimit`).
    public var ulimits: [POSIXRlimit] = []
    /// Capabilities to add.
    public var capAdd: [String] = []
    /// Capabilities to drop.
    public var capDrop: [String] = []
    /// `--security-opt`, as given.
    public var securityOptions: [String] = []
    /// Whether all of the host's devices and capabilities are given.
    public var privileged = false
    /// Devices of the host.
    public var devices: [DeviceSetting] = []
    /// `none`, `host`, `container:ID`, or the name of the first network.
    public var network = "none"
    /// Networks, ports and names; nil for none.
    public var connectivity: ConnectivitySettings?
    /// Whether Apus's init is process 1.
    public var useInit = false
    /// Whether the container is removed when it ends.
    public var autoRemove = false
    /// Bytes of /dev/shm; nil for 64 MiB.
    public var shmSize: Int?
    /// Kernel parameters of the container's own namespaces.
    public var sysctls: [String: String] = [:]
    /// The OOM killer's preference, -1000 to 1000.
    public var oomScoreAdj: Int?
    /// The cgroup above the container's, from the top of the hierarchy.
    public var cgroupParent: String?

    /// Nothing asked for.
    public init() {}
}

/// One mount that the user asked for.
public struct MountSetting: Codable, Sendable, Equatable {
    /// Where a mount's content comes from.
    public enum Kind: String, Codable, Sendable {
        /// A path of the host.
        case bind
        /// A volume of Apus.
        case volume
        /// Memory.
        case tmpfs
    }
    /// Where the content comes from.
    public var kind: Kind
    /// The host's path or the volume's name; empty for tmpfs.
    public var source: String
    /// The absolute path in the container.
    public var target: String
    /// Whether it is read-only.
    public var readOnly = false
    /// Further options of the specification: propagation of a bind mount, size and mode of a tmpfs.
    public var options: [String] = []
    /// Whether the volume has no name of the user's and goes with the container.
    public var isAnonymous = false
    /// Whether an empty volume stays empty; otherwise, and for nil, it gets what the image has at the target.
    public var noCopy: Bool?

    /// Makes a mount.
    public init(_ kind: Kind, source: String, target: String, readOnly: Bool = false, options: [String] = [], isAnonymous: Bool = false) {
        self.kind = kind
        self.source = source
        self.target = target
        self.readOnly = readOnly
        self.options = options
        self.isAnonymous = isAnonymous
    }
}

/// A device of the host in the container.
public struct DeviceSetting: Codable, Sendable, Equatable {
    /// The host's path.
    public var source: String
    /// The path in the container.
    public var target: String
    /// Letters of `rwm`: read, write, make nodes.
    public var access: String

    /// Makes a device setting.
    public init(source: String, target: String, access: String) {
        self.source = source
        self.target = target
        self.access = access
    }
}
