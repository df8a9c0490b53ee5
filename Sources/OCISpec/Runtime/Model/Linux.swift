/// What is particular to Linux (config-linux.md).
public struct Linux: Codable, Sendable, Equatable {
    /// User IDs of the user namespace.
    public var uidMappings: [LinuxIDMapping]?
    /// Group IDs of the user namespace.
    public var gidMappings: [LinuxIDMapping]?
    /// Values for files below /proc/sys, keyed `net.ipv4.ip_forward` or with slashes.
    public var sysctl: [String: String]?
    /// Limits and device rules of the cgroup.
    public var resources: LinuxResources?
    /// Where the cgroup lies: absolute from the cgroup mount, relative where the runtime decides, or `slice:prefix:name` for systemd.
    public var cgroupsPath: String?
    /// Namespaces made or joined; one that is not named is the runtime's.
    public var namespaces: [LinuxNamespace]?
    /// Device nodes that must exist in the container.
    public var devices: [LinuxDevice]?
    /// Network devices of the host, by name, that move into the container.
    public var netDevices: [String: LinuxNetDevice]?
    /// The filter of system calls.
    public var seccomp: LinuxSeccomp?
    /// `shared`, `slave`, `private` or `unbindable`, and their recursive forms with a leading r.
    public var rootfsPropagation: String?
    /// Absolute paths that the container cannot read.
    public var maskedPaths: [String]?
    /// Absolute paths that the container cannot write.
    public var readonlyPaths: [String]?
    /// The SELinux label of mounts.
    public var mountLabel: String?
    /// Cache and memory bandwidth by Intel's resource director.
    public var intelRdt: LinuxIntelRdt?
    /// The NUMA policy of set_mempolicy(2).
    public var memoryPolicy: LinuxMemoryPolicy?
    /// The execution domain of personality(2).
    public var personality: LinuxPersonality?
    /// Offsets of the time namespace's clocks, keyed `monotonic` and `boottime`.
    public var timeOffsets: [String: LinuxTimeOffset]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        uidMappings: [LinuxIDMapping]? = nil, gidMappings: [LinuxIDMapping]? = nil, sysctl: [String: String]? = nil, resources: LinuxResources? = nil,
        cgroupsPath: String? = nil, namespaces: [LinuxNamespace]? = nil, devices: [LinuxDevice]? = nil, netDevices: [String: LinuxNetDevice]? = nil,
        seccomp: LinuxSeccomp? = nil, rootfsPropagation: String? = nil, maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil,
        mountLabel: String? = nil, intelRdt: LinuxIntelRdt? = nil, memoryPolicy: LinuxMemoryPolicy? = nil, personality: LinuxPersonality? = nil,
        timeOffsets: [String: LinuxTimeOffset]? = nil
    ) {
        self.uidMappings = uidMappings
        self.gidMappings = gidMappings
        self.sysctl = sysctl
        self.resources = resources
        self.cgroupsPath = cgroupsPath
        self.namespaces = namespaces
        self.devices = devices
        self.netDevices = netDevices
        self.seccomp = seccomp
        self.rootfsPropagation = rootfsPropagation
        self.maskedPaths = maskedPaths
        self.readonlyPaths = readonlyPaths
        self.mountLabel = mountLabel
        self.intelRdt = intelRdt
        self.memoryPolicy = memoryPolicy
        self.personality = personality
        self.timeOffsets = timeOffsets
    }
}

/// One namespace (config-linux.md, "Namespaces").
public struct LinuxNamespace: Codable, Sendable, Equatable {
    /// `pid`, `network`, `mount`, `ipc`, `uts`, `user`, `cgroup` or `time`.
    public var type: String
    /// An absolute path of an existing namespace to join; a new one is made where nil or empty.
    public var path: String?

    /// Makes a value from its fields; what is optional may be left out.
    public init(type: String, path: String? = nil) {
        self.type = type
        self.path = path
    }
}

/// One range of an ID mapping (user_namespaces(7)).
public struct LinuxIDMapping: Codable, Sendable, Equatable {
    /// The first ID in the container.
    public var containerID: UInt32
    /// The first ID on the host.
    public var hostID: UInt32
    /// How many IDs.
    public var size: UInt32

    /// Makes a value from its fields; what is optional may be left out.
    public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
        self.containerID = containerID
        self.hostID = hostID
        self.size = size
    }
}

/// One device node (config-linux.md, "Devices").
public struct LinuxDevice: Codable, Sendable, Equatable {
    /// The absolute path in the container.
    public var path: String
    /// `c` or `u` character, `b` block, `p` FIFO.
    public var type: String
    /// The major number; not for a FIFO.
    public var major: Int64?
    /// The minor number; not for a FIFO.
    public var minor: Int64?
    /// Permission bits.
    public var fileMode: UInt32?
    /// The owner in the container.
    public var uid: UInt32?
    /// The group in the container.
    public var gid: UInt32?

    /// Makes a value from its fields; what is optional may be left out.
    public init(path: String, type: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil, uid: UInt32? = nil, gid: UInt32? = nil) {
        self.path = path
        self.type = type
        self.major = major
        self.minor = minor
        self.fileMode = fileMode
        self.uid = uid
        self.gid = gid
    }
}

/// A network device that moves into the container.
public struct LinuxNetDevice: Codable, Sendable, Equatable {
    /// Its name there; unchanged where nil.
    public var name: String?

    /// Makes a value from its fields; what is optional may be left out.
    public init(name: String? = nil) {
        self.name = name
    }
}
