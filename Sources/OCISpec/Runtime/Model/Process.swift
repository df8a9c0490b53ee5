/// What runs in the container (config.md, "Process").
public struct Process: Codable, Sendable, Equatable {
    /// Whether a terminal is attached.
    public var terminal: Bool?
    /// The terminal's size.
    public var consoleSize: Box?
    /// Who it runs as.
    public var user: User
    /// The program and its arguments.
    public var args: [String]?
    /// The environment as `NAME=VALUE`.
    public var env: [String]?
    /// The absolute working directory in the container.
    public var cwd: String
    /// The capability sets.
    public var capabilities: LinuxCapabilities?
    /// Resource limits of setrlimit(2), each type once.
    public var rlimits: [POSIXRlimit]?
    /// Whether execve can no longer grant privileges (PR_SET_NO_NEW_PRIVS).
    public var noNewPrivileges: Bool?
    /// The AppArmor profile.
    public var apparmorProfile: String?
    /// The value for /proc/self/oom_score_adj.
    public var oomScoreAdj: Int?
    /// The scheduling policy of sched_setattr(2).
    public var scheduler: Scheduler?
    /// The SELinux label.
    public var selinuxLabel: String?
    /// The I/O priority of ioprio_set(2).
    public var ioPriority: LinuxIOPriority?
    /// CPU affinity of processes that `exec` starts.
    public var execCPUAffinity: CPUAffinity?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        terminal: Bool? = nil, consoleSize: Box? = nil, user: User, args: [String]? = nil, env: [String]? = nil, cwd: String,
        capabilities: LinuxCapabilities? = nil, rlimits: [POSIXRlimit]? = nil, noNewPrivileges: Bool? = nil, apparmorProfile: String? = nil,
        oomScoreAdj: Int? = nil, scheduler: Scheduler? = nil, selinuxLabel: String? = nil, ioPriority: LinuxIOPriority? = nil,
        execCPUAffinity: CPUAffinity? = nil
    ) {
        self.terminal = terminal
        self.consoleSize = consoleSize
        self.user = user
        self.args = args
        self.env = env
        self.cwd = cwd
        self.capabilities = capabilities
        self.rlimits = rlimits
        self.noNewPrivileges = noNewPrivileges
        self.apparmorProfile = apparmorProfile
        self.oomScoreAdj = oomScoreAdj
        self.scheduler = scheduler
        self.selinuxLabel = selinuxLabel
        self.ioPriority = ioPriority
        self.execCPUAffinity = execCPUAffinity
    }
}

/// The size of a terminal in characters.
public struct Box: Codable, Sendable, Equatable {
    /// Rows.
    public var height: UInt
    /// Columns.
    public var width: UInt

    /// Makes a value from its fields; what is optional may be left out.
    public init(height: UInt, width: UInt) {
        self.height = height
        self.width = width
    }
}

/// IDs of the process (config.md, "POSIX-platform User").
public struct User: Codable, Sendable, Equatable {
    /// The user ID in the container.
    public var uid: UInt32
    /// The group ID in the container.
    public var gid: UInt32
    /// The file mode creation mask; untouched where nil.
    public var umask: UInt32?
    /// Further group IDs.
    public var additionalGids: [UInt32]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
        self.uid = uid
        self.gid = gid
        self.umask = umask
        self.additionalGids = additionalGids
    }
}

extension User {
    /// Reads the IDs; one that is missing is 0, as the specification's schema and runc have it.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            uid: try fields.decodeIfPresent(UInt32.self, forKey: .uid) ?? 0, gid: try fields.decodeIfPresent(UInt32.self, forKey: .gid) ?? 0,
            umask: try fields.decodeIfPresent(UInt32.self, forKey: .umask),
            additionalGids: try fields.decodeIfPresent([UInt32].self, forKey: .additionalGids))
    }
}

extension KeyedDecodingContainer {
    /// What the synthesized reading of `Process` calls: a missing user is root.
    func decode(_ type: User.Type, forKey key: Key) throws -> User { try decodeIfPresent(type, forKey: key) ?? User() }
}

/// One limit of setrlimit(2).
public struct POSIXRlimit: Codable, Sendable, Equatable {
    /// `RLIMIT_NOFILE` and its kin.
    public var type: String
    /// The ceiling; the greatest value means no limit.
    public var hard: UInt64
    /// The value in force.
    public var soft: UInt64

    /// Makes a value from its fields; what is optional may be left out.
    public init(type: String, hard: UInt64, soft: UInt64) {
        self.type = type
        self.hard = hard
        self.soft = soft
    }
}

/// The five capability sets of capabilities(7), names as `CAP_CHOWN`.
public struct LinuxCapabilities: Codable, Sendable, Equatable {
    /// What execve can ever grant.
    public var bounding: [String]?
    /// What the kernel checks.
    public var effective: [String]?
    /// What execve keeps.
    public var inheritable: [String]?
    /// What may become effective.
    public var permitted: [String]?
    /// What execve of a program without privileges keeps.
    public var ambient: [String]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil, permitted: [String]? = nil, ambient: [String]? = nil) {
        self.bounding = bounding
        self.effective = effective
        self.inheritable = inheritable
        self.permitted = permitted
        self.ambient = ambient
    }
}
