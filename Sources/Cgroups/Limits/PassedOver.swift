public import OCISpec

extension LinuxResources {
    /// What in these limits sets nothing, each with the reason in a sentence for the log: deprecated fields that engines still send.
    public func passedOver(on host: CgroupHost) -> [String] {
        var sentences = [String]()
        if memory?.kernel ?? 0 > 0 {
            sentences.append("kernel memory settings are ignored: memory.kernel is part of memory.limit since Linux 5.16")
        }
        if memory?.kernelTCP ?? 0 > 0, host.version(of: .memory) != .v1 {
            sentences.append("kernel memory settings are ignored: cgroup v2 has no memory.kernelTCP")
        }
        return sentences
    }

    /// The same limits with device rules that begin by denying everything, as runc has it: what no rule allows is denied.
    ///
    /// The default devices must be allowed behind them.
    public var denyingByDefault: LinuxResources {
        var resources = self
        resources.devices = [LinuxDeviceCgroup(allow: false, access: "rwm")] + (devices ?? [])
        return resources
    }
}
