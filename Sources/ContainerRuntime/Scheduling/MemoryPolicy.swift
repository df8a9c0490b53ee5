public import LinuxSystem
public import OCISpec

/// `linux.memoryPolicy` as the kernel takes it (set_mempolicy(2)).
public struct MemoryPolicy: Equatable, Sendable {
    /// Mode, flags and nodes, for people.
    public let text: String
    /// The mode with its flags.
    public let mode: UInt32
    /// The mask of nodes; empty for none.
    public let nodes: [UInt8]

    // In the order of the kernel's numbers (linux/mempolicy.h).
    private static let modes = [
        "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE",
    ]
    private static let flags = ["MPOL_F_STATIC_NODES": UInt32(1) << 15, "MPOL_F_RELATIVE_NODES": 1 << 14, "MPOL_F_NUMA_BALANCING": 1 << 13]

    /// Translates the names of config.json.
    ///
    /// - Throws: `ApusError` naming what is wrong: an unknown word, nodes where the mode takes none, or none where it needs some.
    public init(_ policy: LinuxMemoryPolicy) throws(ApusError) {
        let field = "linux.memoryPolicy"
        guard let number = Self.modes.firstIndex(of: policy.mode) else {
            throw ApusError(.invalidArgument, "\(field).mode: no such mode: \"\(policy.mode)\"")
        }
        var mode = UInt32(number)
        for (index, name) in (policy.flags ?? []).enumerated() {
            guard let flag = Self.flags[name] else { throw ApusError(.invalidArgument, "\(field).flags[\(index)]: no such flag: \"\(name)\"") }
            mode |= flag
        }
        let list = policy.nodes ?? ""
        switch policy.mode {
        case "MPOL_DEFAULT", "MPOL_LOCAL":
            if !list.isEmpty { throw ApusError(.invalidArgument, "\(field).nodes must be left out with \(policy.mode), got \"\(list)\"") }
        case "MPOL_PREFERRED": break  // without nodes it is MPOL_LOCAL
        default:
            if list.isEmpty { throw ApusError(.invalidArgument, "\(field).nodes is empty, and \(policy.mode) needs at least one node") }
        }
        self.mode = mode
        nodes = list.isEmpty ? [] : try NumberSet(list, field: "\(field).nodes").mask
        text = ([policy.mode] + (policy.flags ?? [])).joined(separator: ", ") + (list.isEmpty ? "" : " with nodes \(list)")
    }
}
