public import LinuxSystem

extension CapabilitySet {
    /// What this process may give to another, of what Apus knows: its permitted set (`CapPrm` of proc(5), /proc/self/status).
    ///
    /// Root itself lacks some where it runs in a container or was started by a service that dropped them.
    public static func own() throws(ApusError) -> CapabilitySet {
        let path = "/proc/self/status"
        let line = try readText(path).split(separator: "\n").first { $0.hasPrefix("CapPrm:\t") }
        guard let mask = line.flatMap({ UInt64($0.dropFirst(8), radix: 16) }) else {
            throw ApusError(.malformed, "cannot read the capabilities in \(path)")
        }
        return CapabilitySet(mask: mask & all().mask)
    }
}
