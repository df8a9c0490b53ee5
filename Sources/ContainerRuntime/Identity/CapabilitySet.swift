public import LinuxSystem

/// A set of capabilities as the kernel keeps it: 64 bits, bit n for capability n.
public struct CapabilitySet: Hashable, Sendable {
    /// The kernel's bits.
    public var mask: UInt64

    /// Takes the kernel's bits.
    public init(mask: UInt64 = 0) { self.mask = mask }

    /// Every capability up to the kernel's last one, of those that Apus knows.
    public static func all(last: Int = CapabilitySet.lastKnown) -> CapabilitySet {
        let count = UInt64(max(0, min(last, lastKnown) + 1))
        return CapabilitySet(mask: (1 << count) - 1)
    }

    /// The set of these names; the names that mean nothing here come back in `ignored`.
    ///
    /// A runtime warns of them and goes on (OCI runtime-spec, config.md, Linux process).
    public init(ociNames names: [String], last: Int = CapabilitySet.lastKnown, ignored: inout [String]) {
        mask = 0
        for name in names {
            if let capability = Capability(ociName: name), capability.number <= last {
                insert(capability)
            } else if !ignored.contains(name) {
                ignored.append(name)
            }
        }
    }

    /// The number of the last capability in Apus's table (CAP_CHECKPOINT_RESTORE); kernels since 5.9 have it.
    public static let lastKnown = 40

    /// The number of the running kernel's last capability (/proc/sys/kernel/cap_last_cap).
    public static func lastOfKernel() throws(ApusError) -> Int {
        let path = "/proc/sys/kernel/cap_last_cap"
        let text = try readText(path)
        guard let number = Int(text) else { throw ApusError(.malformed, "cannot read \(path): \(text) is no number") }
        return number
    }

    /// Whether the capability is in the set.
    public func contains(_ capability: Capability) -> Bool { mask >> UInt64(capability.number) & 1 == 1 }

    /// Adds a capability.
    public mutating func insert(_ capability: Capability) { mask |= 1 << UInt64(capability.number) }

    /// Takes a capability away.
    public mutating func remove(_ capability: Capability) { mask &= ~(1 << UInt64(capability.number)) }

    /// The names as config.json writes them, by number.
    public var ociNames: [String] { Capability.all.filter(contains).map(\.description) }
}
