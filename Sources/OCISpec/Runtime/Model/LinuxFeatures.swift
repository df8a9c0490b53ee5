/// What a runtime can do on Linux (features-linux.md).
public struct LinuxFeatures: Codable, Sendable, Equatable {
    /// Types of namespaces.
    public var namespaces: [String]?
    /// Names of capabilities.
    public var capabilities: [String]?
    /// Managers of cgroups.
    public var cgroup: Cgroup?
    /// Filters of system calls.
    public var seccomp: Seccomp?
    /// AppArmor profiles.
    public var apparmor: Switch?
    /// SELinux labels.
    public var selinux: Switch?
    /// Intel's resource director.
    public var intelRdt: IntelRdt?
    /// NUMA policies.
    public var memoryPolicy: MemoryPolicy?
    /// Mounts beyond mount(2).
    public var mountExtensions: MountExtensions?
    /// Network devices that move into the container.
    public var netDevices: Switch?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        namespaces: [String]? = nil, capabilities: [String]? = nil, cgroup: Cgroup? = nil, seccomp: Seccomp? = nil, apparmor: Switch? = nil,
        selinux: Switch? = nil, intelRdt: IntelRdt? = nil, memoryPolicy: MemoryPolicy? = nil, mountExtensions: MountExtensions? = nil,
        netDevices: Switch? = nil
    ) {
        self.namespaces = namespaces
        self.capabilities = capabilities
        self.cgroup = cgroup
        self.seccomp = seccomp
        self.apparmor = apparmor
        self.selinux = selinux
        self.intelRdt = intelRdt
        self.memoryPolicy = memoryPolicy
        self.mountExtensions = mountExtensions
        self.netDevices = netDevices
    }

    /// Something that a runtime has or has not.
    public struct Switch: Codable, Sendable, Equatable {
        /// Whether the runtime has it.
        public var enabled: Bool?

        /// Makes a value from its field.
        public init(enabled: Bool? = nil) { self.enabled = enabled }
    }

    /// Managers of cgroups.
    public struct Cgroup: Codable, Sendable, Equatable {
        /// cgroup v1.
        public var v1: Bool?
        /// cgroup v2.
        public var v2: Bool?
        /// Scopes of the system's systemd.
        public var systemd: Bool?
        /// Scopes of a user's systemd.
        public var systemdUser: Bool?
        /// The RDMA controller.
        public var rdma: Bool?

        /// Makes a value from its fields; what is optional may be left out.
        public init(v1: Bool? = nil, v2: Bool? = nil, systemd: Bool? = nil, systemdUser: Bool? = nil, rdma: Bool? = nil) {
            self.v1 = v1
            self.v2 = v2
            self.systemd = systemd
            self.systemdUser = systemdUser
            self.rdma = rdma
        }
    }

    /// Filters of system calls.
    public struct Seccomp: Codable, Sendable, Equatable {
        /// Whether there are any.
        public var enabled: Bool?
        /// Actions, `SCMP_ACT_ALLOW` and its kin.
        public var actions: [String]?
        /// Comparisons, `SCMP_CMP_EQ` and its kin.
        public var operators: [String]?
        /// Architectures, `SCMP_ARCH_X86_64` and its kin.
        public var archs: [String]?
        /// Flags, `SECCOMP_FILTER_FLAG_LOG` and its kin.
        public var knownFlags: [String]?
        /// Of those, the ones that kernel and libseccomp have.
        public var supportedFlags: [String]?

        /// Makes a value from its fields; what is optional may be left out.
        public init(
            enabled: Bool? = nil, actions: [String]? = nil, operators: [String]? = nil, archs: [String]? = nil, knownFlags: [String]? = nil,
            supportedFlags: [String]? = nil
        ) {
            self.enabled = enabled
            self.actions = actions
            self.operators = operators
            self.archs = archs
            self.knownFlags = knownFlags
            self.supportedFlags = supportedFlags
        }
    }

    /// Intel's resource director.
    public struct IntelRdt: Codable, Sendable, Equatable {
        /// Whether `linux.intelRdt` is honoured.
        public var enabled: Bool?
        /// Its field `schemata`.
        public var schemata: Bool?
        /// Its field `enableMonitoring`.
        public var monitoring: Bool?

        /// Makes a value from its fields; what is optional may be left out.
        public init(enabled: Bool? = nil, schemata: Bool? = nil, monitoring: Bool? = nil) {
            self.enabled = enabled
            self.schemata = schemata
            self.monitoring = monitoring
        }
    }

    /// NUMA policies.
    public struct MemoryPolicy: Codable, Sendable, Equatable {
        /// `MPOL_BIND` and its kin.
        public var modes: [String]?
        /// `MPOL_F_STATIC_NODES` and its kin.
        public var flags: [String]?

        /// Makes a value from its fields; what is optional may be left out.
        public init(modes: [String]? = nil, flags: [String]? = nil) {
            self.modes = modes
            self.flags = flags
        }
    }

    /// Mounts beyond mount(2).
    public struct MountExtensions: Codable, Sendable, Equatable {
        /// `uidMappings` and `gidMappings` of mounts.
        public var idmap: Switch?

        /// Makes a value from its field.
        public init(idmap: Switch? = nil) { self.idmap = idmap }
    }
}
