/// The configuration of a container, `config.json` of a bundle (OCI Runtime Specification 1.3, config.md), for Linux.
///
/// Properties have the names of the JSON fields. Fields that Apus does not know are ignored, as the specification asks.
public struct Spec: Codable, Sendable, Equatable {
    /// The version of the specification that the bundle complies with, in SemVer 2.0.0 form.
    public var ociVersion: String
    /// What runs in the container; needed by `start`.
    public var process: Process?
    /// The root filesystem.
    public var root: Root?
    /// The name in the UTS namespace.
    public var hostname: String?
    /// The NIS domain name in the UTS namespace.
    public var domainname: String?
    /// Mounts besides the root filesystem, in their order.
    public var mounts: [Mount]?
    /// Programs that run at points of the lifecycle.
    public var hooks: Hooks?
    /// Metadata of the container's maker.
    public var annotations: [String: String]?
    /// What is particular to Linux.
    public var linux: Linux?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        ociVersion: String, process: Process? = nil, root: Root? = nil, hostname: String? = nil, domainname: String? = nil, mounts: [Mount]? = nil,
        hooks: Hooks? = nil, annotations: [String: String]? = nil, linux: Linux? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.hooks = hooks
        self.annotations = annotations
        self.linux = linux
    }
}

/// The root filesystem (config.md, "Root").
public struct Root: Codable, Sendable, Equatable {
    /// The directory; relative paths start at the bundle.
    public var path: String
    /// Whether the container sees it read-only.
    public var readonly: Bool?

    /// Makes a value from its fields; what is optional may be left out.
    public init(path: String, readonly: Bool? = nil) {
        self.path = path
        self.readonly = readonly
    }
}

/// One mount (config.md, "Mounts").
public struct Mount: Codable, Sendable, Equatable {
    /// The absolute path in the container.
    public var destination: String
    /// The file system type, or `bind` for what `options` says too.
    public var type: String?
    /// A device, a directory or file to bind, or a dummy; relative paths start at the bundle.
    public var source: String?
    /// Options as mount(8) writes them.
    public var options: [String]?
    /// User IDs of an idmapped mount.
    public var uidMappings: [LinuxIDMapping]?
    /// Group IDs of an idmapped mount.
    public var gidMappings: [LinuxIDMapping]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil, uidMappings: [LinuxIDMapping]? = nil,
        gidMappings: [LinuxIDMapping]? = nil
    ) {
        self.destination = destination
        self.type = type
        self.source = source
        self.options = options
        self.uidMappings = uidMappings
        self.gidMappings = gidMappings
    }
}
