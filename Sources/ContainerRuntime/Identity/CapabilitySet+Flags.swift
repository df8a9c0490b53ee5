public import LinuxSystem

extension CapabilitySet {
    /// The set after `--cap-add` and `--cap-drop`, as Docker computes it.
    ///
    /// Names are typed in any case, with or without `CAP_`; `ALL` stands for every one. What is both added and dropped is added;
    /// `ALL` added leaves only what is dropped by name; `ALL` dropped leaves only what is added by name.
    ///
    /// - Throws: `ApusError` for a name that Linux has not, or that this kernel has not.
    public func adding(_ added: [String], dropping dropped: [String], last: Int = CapabilitySet.lastKnown) throws(ApusError) -> CapabilitySet {
        let add = try Typed(added, verb: "add", last: last)
        let drop = try Typed(dropped, verb: "drop", last: last)
        if add.all { return CapabilitySet(mask: CapabilitySet.all(last: last).mask & ~(drop.named.mask & ~add.named.mask)) }
        if drop.all { return add.named }
        return CapabilitySet(mask: mask & ~drop.named.mask | add.named.mask)
    }

    private struct Typed {
        var all = false
        var named = CapabilitySet()

        init(_ texts: [String], verb: String, last: Int) throws(ApusError) {
            for text in texts {
                let upper = text.uppercased()
                if upper == "ALL" || upper == "CAP_ALL" {
                    all = true
                    continue
                }
                guard let capability = Capability(typed: text) else {
                    throw ApusError(.invalidArgument, "unknown capability to \(verb): \"\(text)\"")
                }
                guard capability.number <= last else {
                    throw ApusError(.notSupported, "cannot \(verb) \(capability): this kernel's last capability is number \(last)")
                }
                named.insert(capability)
            }
        }
    }
}
