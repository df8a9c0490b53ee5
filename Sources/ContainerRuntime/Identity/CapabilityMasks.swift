public import OCISpec

/// The five capability sets of a process as the kernel takes them.
public struct CapabilityMasks: Equatable, Sendable {
    /// What exec can ever give (PR_CAPBSET_DROP for the rest).
    public var bounding = CapabilitySet()
    /// What the process has in force.
    public var effective = CapabilitySet()
    /// What passes through exec with a file's inheritable set.
    public var inheritable = CapabilitySet()
    /// What the process may put in force.
    public var permitted = CapabilitySet()
    /// What passes through exec of a plain file (PR_CAP_AMBIENT).
    public var ambient = CapabilitySet()

    /// Translates the names of config.json; `ignored` gets the ones that mean nothing here, for a warning.
    public init(_ names: LinuxCapabilities, last: Int = CapabilitySet.lastKnown, ignored: inout [String]) {
        bounding = CapabilitySet(ociNames: names.bounding ?? [], last: last, ignored: &ignored)
        // The sets are mostly equal: one look at the names serves them all.
        let known = (names: names.bounding, set: bounding)
        func set(_ names: [String]?, _ ignored: inout [String]) -> CapabilitySet {
            names == known.names ? known.set : CapabilitySet(ociNames: names ?? [], last: last, ignored: &ignored)
        }
        effective = set(names.effective, &ignored)
        inheritable = set(names.inheritable, &ignored)
        permitted = set(names.permitted, &ignored)
        ambient = set(names.ambient, &ignored)
    }
}
