/// How a further process is started in a container of the OCI runtime.
public struct ExecOptions: Sendable {
    /// The engine's socket for the terminal's master.
    public var consoleSocket: String?
    /// A socket that gets a descriptor of the process (pidfd_open(2)).
    public var pidfdSocket: String?
    /// A file that gets the pid.
    public var pidFile: String?
    /// How many descriptors from 3 on are the program's.
    public var preservedDescriptors = 0
    /// Whether it is started in a paused container, and waits there.
    public var ignoresPause = false
    /// Whether the caller serves the terminal itself, in front of it.
    public var servesTerminal = false
    /// Cgroups below the container's that it enters, as `SubCgroups` reads them; empty for the container's own.
    public var cgroups: [String] = []
    /// Inside the container's cgroup, without a terminal.
    public init() {}
}
