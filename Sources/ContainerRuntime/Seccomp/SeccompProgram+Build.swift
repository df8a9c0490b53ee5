import CSeccomp
public import LinuxSystem
public import OCISpec

extension SeccompProgram {
    /// Builds the filter of a profile with libseccomp, as runc understands it.
    ///
    /// Names that libseccomp does not know are left out, and so are rules that do what is done anyway. Several conditions of one rule on
    /// the same argument are alternatives; otherwise all must hold. Calls newer than the profile get ENOSYS (see `UnknownCalls`).
    ///
    /// - Throws: `ApusError` naming the field of config.json that is wrong.
    public init(building profile: LinuxSeccomp) throws(ApusError) {
        let field = "linux.seccomp"
        let rules = profile.syscalls ?? []
        let defaultAction = try SeccompNames.action(profile.defaultAction, errnoRet: profile.defaultErrnoRet, field: "\(field).defaultAction")
        if defaultAction == SeccompNames.notify {
            // Then exec itself would wait for a supervisor.
            throw SeccompNames.invalid("SCMP_ACT_NOTIFY cannot be the default action")
        }
        let filter = try SeccompFilter(defaultAction: defaultAction)
        var architectures = [UInt32]()
        for (index, name) in (profile.architectures ?? []).enumerated() {
            let field = "\(field).architectures[\(index)]"
            let token = try SeccompNames.architecture(name, field: field)
            try filter.add(architecture: token, name: name, field: field)
            architectures.append(token)
        }
        flags = 0
        for (index, name) in (profile.flags ?? []).enumerated() { flags |= try SeccompNames.flag(name, field: "\(field).flags[\(index)]") }
        needsListener = false
        for (index, rule) in rules.enumerated() {
            let field = "\(field).syscalls[\(index)]"
            let action = try SeccompNames.action(rule.action, errnoRet: rule.errnoRet, field: "\(field).action")
            let alternatives = try SeccompProgram.alternatives(rule.args ?? [], field: "\(field).args")
            if action == SeccompNames.notify && rule.names.contains("write") {
                // The loader tells its parent about the listener by write(2), after the filter is in force.
                throw SeccompNames.invalid("SCMP_ACT_NOTIFY cannot be used for the write syscall")
            }
            if action == defaultAction { continue }
            for name in rule.names {
                guard let number = SeccompFilter.number(of: name) else { continue }
                for conditions in alternatives { try filter.add(action, call: (name, number), where: conditions) }
                needsListener = needsListener || action == SeccompNames.notify
            }
        }
        if needsListener { flags |= SeccompNames.newListener } else { flags &= ~SeccompNames.waitKillable }

        var code = FilterInstruction.list(try filter.export())
        if UnknownCalls.apply(to: profile, defaultAction: defaultAction) { code = UnknownCalls(rules, architectures: architectures).instructions + code }
        instructions = FilterTable.compacted(code).flatMap(\.bytes)
        guard count <= 4096 else { throw SeccompNames.invalid("it needs \(count) instructions and the kernel takes 4096") }
    }

    /// The lists of conditions of which one must hold: one list, or one for each condition where two look at the same argument.
    private static func alternatives(_ args: [LinuxSeccompArg], field: String) throws(ApusError) -> [[scmp_arg_cmp]] {
        var conditions = [scmp_arg_cmp]()
        for (index, arg) in args.enumerated() {
            guard arg.index < 6 else { throw SeccompNames.invalid("\(field)[\(index)].index is \(arg.index), and calls have six arguments") }
            let comparison = try SeccompNames.comparison(arg.op, field: "\(field)[\(index)].op")
            conditions.append(scmp_arg_cmp(arg: arg.index, op: comparison, datum_a: arg.value, datum_b: arg.valueTwo ?? 0))
        }
        return Set(args.map(\.index)).count == args.count ? [conditions] : conditions.map { [$0] }
    }
}
