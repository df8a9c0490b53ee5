/// One capability of Linux: its number is the bit in the kernel's sets (capabilities(7), linux/capability.h).
public struct Capability: Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number, 0 to 40.
    public let number: Int

    private init(number: Int) { self.number = number }

    /// The capability with exactly this name, as config.json writes it ("CAP_NET_ADMIN"); nil where Linux has none.
    public init?(ociName name: String) {
        // Forty comparisons cost less than the first use of a dictionary, and a start asks for fourteen names.
        guard let number = Capability.names.firstIndex(of: name) else { return nil }
        self.number = number
    }

    /// The capability that a user typed: any case, with or without `CAP_`.
    public init?(typed text: String) {
        let name = text.uppercased()
        self.init(ociName: name.hasPrefix("CAP_") ? name : "CAP_" + name)
    }

    /// The name as config.json writes it.
    public var description: String { Capability.names[number] }

    /// Every capability that Apus knows, by number.
    public static let all = names.indices.map(Capability.init(number:))

    // The position is the kernel's number.
    private static let names = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]
}
