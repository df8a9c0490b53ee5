/// What the compiler must know besides the specification: facts of the host and of the caller.
///
/// All of it is data, so compiling stays pure.
public struct PlanContext: Sendable {
    /// How the process gets into its cgroups.
    public enum CgroupEntry: Sendable, Equatable {
        /// It stays where its parent is.
        case none
        /// The clone places it in a v2 cgroup (CLONE_INTO_CGROUP), and it writes itself into the `tasks` files of these v1 controllers.
        case join(unified: Bool, tasks: [String])
    }

    /// A file system of type `cgroup` or `cgroup2` that a `cgroup` mount of the specification becomes.
    public struct CgroupMount: Sendable, Equatable {
        /// `cgroup` or `cgroup2`.
        public var type: String
        /// The v1 options that name the hierarchy (`cpu,cpuacct`, `none,name=systemd`); empty for v2.
        public var options: String
        /// The directory below the mount's destination; empty for the destination itself.
        public var directory: String
        /// The container's own cgroup on the host, bound where no file system can be mounted that shows no more than that.
        public var source: String?
        /// Makes a mount.
        public init(type: String, options: String = "", directory: String = "", source: String? = nil) {
            self.type = type
            self.options = options
            self.directory = directory
            self.source = source
        }
    }

    /// How an OCI runtime starts a process.
    public struct Runtime: Sendable, Equatable {
        /// Whether the process waits for `start` before it becomes the program.
        public var waitsForStart = false
        /// Whether the caller has something to do once the namespaces are there.
        public var syncsNamespaces = false
        /// The rootfs's path on the host, where hooks see it.
        public var rootPath = ""
        /// Whether the root can be pivoted; false for a host that runs from its initial ramdisk.
        public var pivots = true
        /// Whether the process gets a session keyring of its own.
        public var makesKeyring = true
        /// The caller's descriptors that become 3 and up of the program.
        public var preserved: [Int32] = []
        /// Whether the monitor serves the terminal, as for the engine.
        public var isServed = false
        /// The start of a process at once.
        public init() {}
    }

    /// How the process gets into its cgroups.
    public var cgroup: CgroupEntry = .none
    /// What a `cgroup` mount becomes on this host.
    public var cgroupMounts: [CgroupMount] = [CgroupMount(type: "cgroup2")]
    /// The filter built from `linux.seccomp`.
    public var seccomp: SeccompProgram?
    /// The kernel's highest capability.
    public var lastCapability = CapabilitySet.lastKnown
    /// Descriptors that the monitor keeps.
    public var kept: [LaunchPlan.Kept] = []
    /// Switches of the start.
    public var flags: LaunchPlan.Flags = []
    /// The terminal's size where `process.consoleSize` gives none.
    public var terminalSize: (rows: UInt16, columns: UInt16)?
    /// Namespaces that the monitor makes while the plan is compiled (`Monitor.init(program:makesNetwork:)`).
    public var inherited: NamespaceKinds = []
    /// What an OCI runtime adds; nil for the engine.
    public var runtime: Runtime?
    /// What the monitor does when the container has ended.
    public var after: [PlanStep] = []
    /// Whether the kernel has a security module in force; asked only where a label is given.
    public var isEnabled: @Sendable (SecurityModule) -> Bool = { $0.isEnabled }

    /// The bundle's directory, where relative sources of bind mounts start.
    public var bundle: String?

    /// A context without cgroups, filter or monitor.
    public init() {}
}
