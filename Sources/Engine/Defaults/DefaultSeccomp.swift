public import ContainerRuntime
public import LinuxSystem
public import OCISpec

/// The seccomp profile of a container that names none: as strict as Docker's.
public enum DefaultSeccomp {
    /// The number of this version of the profile: its bytes through FNV-1a, which a test compares.
    ///
    /// The cache of built programs goes by it, so that a start need not look at the profile at all.
    static let identity: UInt64 = 0x5b32_7370_df50_15ff

    /// The filter for a container on this machine, from the cache or built and kept there.
    public static func program(for capabilities: CapabilitySet, cache: SeccompCache) throws(ApusError) -> SeccompProgram {
        try cache.program(key: SeccompKey(builtIn: identity, capabilities: capabilities)) {
            profile(for: SeccompTarget(capabilities: capabilities))
        }
    }

    /// The profile for a container with these capabilities, ready for config.json.
    public static func profile(for target: SeccompTarget) -> LinuxSeccomp {
        var result = LinuxSeccomp(defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, architectures: [], syscalls: [])
        var reader = SeccompRuleReader(profile)
        while let rule = reader.next() {
            switch rule {
            case .abi(let architecture, let tokens): if architecture == target.architecture { result.architectures = tokens }
            case .calls(let conditions, let calls): if conditions.hold(for: target) { result.syscalls?.append(calls) }
            }
        }
        if result.architectures?.isEmpty == true { result.architectures = nil }
        return result
    }
}
