extension PlanAction {
    /// What an errno of this step means to the user, where the kernel's word alone does not say it.
    func hint(errno: Int32) -> String? {
        switch (self, errno) {
        case (.resourceLimit, 1), (.raiseLimit, 1):  // EPERM
            "raising a hard limit needs CAP_SYS_RESOURCE"
        case (.write("/proc/self/oom_score_adj", _), 13):  // EACCES
            "lowering it needs CAP_SYS_RESOURCE"
        case (.securityLabel(.appArmor, let profile), 2):  // ENOENT
            "no profile \(profile) is loaded"
        case (.securityLabel(let module, _), 22):  // EINVAL
            "\(module.rawValue) does not take this label"
        case (.scheduler, 1):  // EPERM
            "it needs CAP_SYS_NICE in the host's user namespace"
        case (.scheduler, 16):  // EBUSY
            "no processor time is left for SCHED_DEADLINE"
        case (.ioPriority, 1):  // EPERM
            "IOPRIO_CLASS_RT needs CAP_SYS_NICE in the host's user namespace"
        case (.affinity, 22):  // EINVAL
            "the cpuset has none of these processors"
        case (.memoryPolicy, 22):  // EINVAL
            "the cpuset has none of these nodes, or the kernel does not know the mode or a flag"
        case (.memoryPolicy, 38):  // ENOSYS
            "the kernel has no NUMA policies"
        case (.capabilities, 1):  // EPERM
            "a capability can be given only by who has it, and be inheritable only within the bounding set"
        case (.seccomp(let program), 1) where program.needsListener:  // EPERM
            "taking its listener needs CAP_SYS_PTRACE"
        case (.seccomp(let program), 125) where program.needsListener:  // ECANCELED
            "nobody passed its listener on"
        default: nil
        }
    }
}
