/// How a container of the OCI runtime is created; what its program is and may do is in config.json.
public struct CreationOptions: Sendable {
    /// The bundle, a directory with config.json.
    public var bundle = "."
    /// The specification's file; nil for config.json in the bundle.
    public var config: String?
    /// The engine's socket for the terminal's master.
    public var consoleSocket: String?
    /// A socket that gets a descriptor of the process (pidfd_open(2)).
    public var pidfdSocket: String?
    /// A file that gets the pid.
    public var pidFile: String?
    /// How many descriptors from 3 on are the program's.
    public var preservedDescriptors = 0
    /// Whether the root can be pivoted; false for a host that runs from its initial ramdisk.
    public var pivots = true
    /// Whether the process gets a session keyring of its own.
    public var makesKeyring = true
    /// Whether cgroups that cannot be made are done without, as for a user without root.
    public var rootless = false
    /// Whether systemd makes the cgroup.
    public var systemdCgroup = false
    /// Whether the caller stays in front: it serves the terminal itself, if the program wants one.
    public var isInFront = false
    /// Whether the caller serves the terminal itself.
    var servesTerminal = false
    /// As runc has them without flags.
    public init() {}

    /// Relative paths of sockets start at the bundle, as in runc; that of the file with the pid does not.
    mutating func lookFromBundle(_ bundle: String) {
        func absolute(_ path: String?) -> String? { path.map { $0.hasPrefix("/") ? $0 : "\(bundle)/\($0)" } }
        consoleSocket = absolute(consoleSocket)
        pidfdSocket = absolute(pidfdSocket)
    }
}
