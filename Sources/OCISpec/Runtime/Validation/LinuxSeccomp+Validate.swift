extension LinuxSeccomp {
    /// The values of `defaultAction` and of a rule's `action`.
    public static let actions = [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW",
        "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
    ]
    /// The values of a condition's `op`.
    public static let operators = [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ]

    func validate(_ field: String, _ check: inout Validator) {
        check.requireOne(of: LinuxSeccomp.actions, defaultAction, "\(field).defaultAction")
        check.require(defaultAction != "SCMP_ACT_NOTIFY", "\(field).defaultAction", "not be SCMP_ACT_NOTIFY: the listener itself would be stopped")
        check.requireText(listenerPath, "\(field).listenerPath")
        for (index, rule) in (syscalls ?? []).enumerated() {
            let here = "\(field).syscalls[\(index)]"
            check.require(!rule.names.isEmpty, "\(here).names", "have at least one entry")
            for name in rule.names { check.requireText(name, "\(here).names") }
            check.requireOne(of: LinuxSeccomp.actions, rule.action, "\(here).action")
            for (position, condition) in (rule.args ?? []).enumerated() {
                check.require(condition.index, in: 0...5, "\(here).args[\(position)].index")
                check.requireOne(of: LinuxSeccomp.operators, condition.op, "\(here).args[\(position)].op")
            }
        }
    }
}
