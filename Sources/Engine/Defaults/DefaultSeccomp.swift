public import OCISpec

/// The seccomp profile of a container that names none: as strict as Docker's.
public enum DefaultSeccomp {
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
