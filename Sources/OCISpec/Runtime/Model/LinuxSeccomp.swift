/// The filter of system calls (config-linux.md, "Seccomp").
public struct LinuxSeccomp: Codable, Sendable, Equatable {
    /// What happens to a call that no rule names, `SCMP_ACT_ERRNO` and its kin.
    public var defaultAction: String
    /// The errno of the default action; EPERM where nil.
    public var defaultErrnoRet: UInt32?
    /// `SCMP_ARCH_X86_64` and its kin; the native one where nil.
    public var architectures: [String]?
    /// `SECCOMP_FILTER_FLAG_LOG` and its kin.
    public var flags: [String]?
    /// The socket that gets the notify descriptor.
    public var listenerPath: String?
    /// Data for the listener.
    public var listenerMetadata: String?
    /// The rules.
    public var syscalls: [LinuxSyscall]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String]? = nil, flags: [String]? = nil, listenerPath: String? = nil,
        listenerMetadata: String? = nil, syscalls: [LinuxSyscall]? = nil
    ) {
        self.defaultAction = defaultAction
        self.defaultErrnoRet = defaultErrnoRet
        self.architectures = architectures
        self.flags = flags
        self.listenerPath = listenerPath
        self.listenerMetadata = listenerMetadata
        self.syscalls = syscalls
    }
}

/// One rule of the filter.
public struct LinuxSyscall: Codable, Sendable, Equatable {
    /// The system calls.
    public var names: [String]
    /// What happens to them.
    public var action: String
    /// The errno of the action; EPERM where nil.
    public var errnoRet: UInt32?
    /// Conditions; all must hold.
    public var args: [LinuxSeccompArg]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(names: [String], action: String, errnoRet: UInt32? = nil, args: [LinuxSeccompArg]? = nil) {
        self.names = names
        self.action = action
        self.errnoRet = errnoRet
        self.args = args
    }
}

/// A condition on one argument of a system call.
public struct LinuxSeccompArg: Codable, Sendable, Equatable {
    /// Which argument, from 0.
    public var index: UInt32
    /// What it is compared with; the mask for `SCMP_CMP_MASKED_EQ`.
    public var value: UInt64
    /// What the masked argument is compared with.
    public var valueTwo: UInt64?
    /// `SCMP_CMP_EQ` and its kin.
    public var op: String

    /// Makes a value from its fields; what is optional may be left out.
    public init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: String) {
        self.index = index
        self.value = value
        self.valueTwo = valueTwo
        self.op = op
    }
}
