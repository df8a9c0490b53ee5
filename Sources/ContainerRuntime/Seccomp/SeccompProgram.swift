/// A filter of system calls, ready for seccomp(2) with SECCOMP_SET_MODE_FILTER.
public struct SeccompProgram: Equatable, Sendable {
    /// An array of `struct sock_filter` (8 bytes each) in the host's byte order.
    public var instructions: [UInt8]
    /// The flags for seccomp(2), SECCOMP_FILTER_FLAG_*; SECCOMP_FILTER_FLAG_NEW_LISTENER is among them where `needsListener` is set.
    public var flags: UInt32
    /// Whether calls wait for a supervisor: seccomp(2) then returns a descriptor that must reach `listenerPath`.
    public var needsListener: Bool

    /// Makes a program from its parts.
    public init(instructions: [UInt8], flags: UInt32 = 0, needsListener: Bool = false) {
        self.instructions = instructions
        self.flags = flags
        self.needsListener = needsListener
    }

    /// The number of instructions; the kernel takes 4096 at most.
    public var count: Int { instructions.count / 8 }
}
