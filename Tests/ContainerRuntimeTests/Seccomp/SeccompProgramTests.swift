import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

@Suite struct SeccompProgramTests {
    private func build(
        _ rules: [LinuxSyscall], defaultAction: String = "SCMP_ACT_ERRNO", errno: UInt32? = nil, architectures: [String]? = ["SCMP_ARCH_X86_64"]
    ) throws -> BPFInterpreter {
        BPFInterpreter(
            try SeccompProgram(building: LinuxSeccomp(defaultAction: defaultAction, defaultErrnoRet: errno, architectures: architectures, syscalls: rules)))
    }

    private func allow(_ names: String..., where args: [LinuxSeccompArg]? = nil) -> LinuxSyscall {
        LinuxSyscall(names: names, action: "SCMP_ACT_ALLOW", args: args)
    }

    // read 0, write 1, socket 41, personality 135, mount 165 on x86_64.

    @Test func everyActionReachesTheKernel() throws {
        let actions: [(String, UInt32?, UInt32)] = [
            ("SCMP_ACT_KILL", nil, 0), ("SCMP_ACT_KILL_THREAD", nil, 0), ("SCMP_ACT_KILL_PROCESS", nil, 0x8000_0000), ("SCMP_ACT_TRAP", nil, 0x0003_0000),
            ("SCMP_ACT_ERRNO", nil, 0x0005_0001), ("SCMP_ACT_ERRNO", 13, 0x0005_000d), ("SCMP_ACT_TRACE", 7, 0x7ff0_0007),
            ("SCMP_ACT_LOG", nil, 0x7ffc_0000), ("SCMP_ACT_NOTIFY", nil, 0x7fc0_0000),
        ]
        for (name, errno, expected) in actions {
            let program = try build([LinuxSyscall(names: ["mount"], action: name, errnoRet: errno)], defaultAction: "SCMP_ACT_ALLOW")
            #expect(try program.run(165) == expected)
            #expect(try program.run(0) == Action.allow)
        }
    }

    @Test func defaultErrnoIsTheProfiles() throws {
        #expect(try build([allow("read", "mount")]).run(1) == Action.denied)
        #expect(try build([allow("read", "mount")], errno: 2).run(1) == Action.errno(2))
    }

    @Test func comparisonsHold() throws {
        let cases: [(String, UInt64, UInt64?, [UInt64], [UInt64])] = [
            ("SCMP_CMP_EQ", 5, nil, [5], [4, 6, 1 << 32 | 5]), ("SCMP_CMP_NE", 5, nil, [4, 1 << 32 | 5], [5]),
            ("SCMP_CMP_LT", 1 << 32, nil, [0, 1 << 32 - 1], [1 << 32, 1 << 33]), ("SCMP_CMP_LE", 5, nil, [5, 0], [6, 1 << 40]),
            ("SCMP_CMP_GT", 5, nil, [6, 1 << 40], [5, 0]), ("SCMP_CMP_GE", 5, nil, [5, 1 << 40], [4]),
            ("SCMP_CMP_MASKED_EQ", 0xf0, 0x30, [0x30, 0x3f, 1 << 40 | 0x31], [0x20, 0x70]),
            ("SCMP_CMP_MASKED_EQ", 0x7e02_0000, nil, [0x1_0f00], [0x1000_0000, 0x0002_0000]),
        ]
        for (op, value, two, yes, no) in cases {
            let program = try build([allow("personality", where: [LinuxSeccompArg(index: 0, value: value, valueTwo: two, op: op)]), allow("mount")])
            for argument in yes { #expect(try program.run(135, [argument]) == Action.allow, "\(op) \(argument)") }
            for argument in no { #expect(try program.run(135, [argument]) == Action.denied, "\(op) \(argument)") }
        }
    }

    @Test func conditionsOnOneArgumentAreAlternatives() throws {
        let one = LinuxSeccompArg(index: 0, value: 1, op: "SCMP_CMP_EQ")
        let two = LinuxSeccompArg(index: 0, value: 2, op: "SCMP_CMP_EQ")
        let other = LinuxSeccompArg(index: 1, value: 9, op: "SCMP_CMP_EQ")
        let alternatives = try build([allow("personality", where: [one, two]), allow("mount")])
        #expect(try alternatives.run(135, [1]) == Action.allow && alternatives.run(135, [2]) == Action.allow && alternatives.run(135, [3]) == Action.denied)
        let both = try build([allow("personality", where: [one, other]), allow("mount")])
        #expect(try both.run(135, [1, 9]) == Action.allow && both.run(135, [1, 8]) == Action.denied)
        // runc: as soon as two look at the same argument, every one stands alone.
        let mixed = try build([allow("personality", where: [one, two, other]), allow("mount")])
        #expect(try mixed.run(135, [7, 9]) == Action.allow)
    }

    @Test func unknownNamesAreLeftOut() throws {
        let program = try build([allow("read", "no_such_call", "mount\u{0}x", ""), allow("umount2")])
        #expect(try program.run(0) == Action.allow && program.run(165) == Action.denied)
    }

    @Test func callsNewerThanTheProfileAreNotThere() throws {
        // openat2 is 437 everywhere.
        let rules = [allow("read", "openat2")]
        let all = try build(rules, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
        #expect(try all.run(437) == Action.allow && all.run(438) == Action.unknown && all.run(436) == Action.denied && all.run(99999) == Action.unknown)
        #expect(try all.run(437, architecture: BPFInterpreter.i386) == Action.allow)
        #expect(try all.run(438, architecture: BPFInterpreter.i386) == Action.unknown)
        #expect(try all.run(3, architecture: BPFInterpreter.i386) == Action.allow && all.run(0, architecture: BPFInterpreter.i386) == Action.denied)
        let x32: Int32 = 1 << 30
        #expect(try all.run(x32 | 437) == Action.allow && all.run(x32 | 438) == Action.unknown && all.run(x32 | 436) == Action.denied)
        #expect(try all.run(437, architecture: BPFInterpreter.aarch64) == Action.killThread)
        let one = try build(rules)
        #expect(try one.run(438) == Action.unknown && one.run(x32 | 438) == Action.killThread)
        #expect(try one.run(438, architecture: BPFInterpreter.i386) == Action.killThread)
        #expect(try build(rules, defaultAction: "SCMP_ACT_KILL_PROCESS").run(438) == Action.unknown)
    }

    @Test func permissiveProfilesSeeNewCalls() throws {
        let deny = [LinuxSyscall(names: ["mount"], action: "SCMP_ACT_ERRNO")]
        for (action, expected) in [("SCMP_ACT_ALLOW", Action.allow), ("SCMP_ACT_LOG", 0x7ffc_0000), ("SCMP_ACT_TRACE", 0x7ff0_0001)] {
            #expect(try build(deny, defaultAction: action).run(99999) == expected)
        }
        #expect(try build([allow("read")], errno: 38).run(99999) == Action.unknown)
    }

    @Test func foreignArchitecturesUseTheirOwnNumbers() throws {
        // On Arm read is 63; the native architecture is always in the filter too.
        let program = try build([allow("read")], architectures: ["SCMP_ARCH_AARCH64"])
        #expect(try program.run(63, architecture: BPFInterpreter.aarch64) == Action.allow)
        #expect(try program.run(0, architecture: BPFInterpreter.aarch64) == Action.denied && program.run(0) == Action.allow)
    }

    @Test func repeatedRulesAreFine() throws {
        let same = try build([allow("mount"), allow("mount", "read"), allow("mount")])
        #expect(try same.run(165) == Action.allow)
        // An unconditional rule wins over a conditional one, whichever comes first.
        let condition = [LinuxSeccompArg(index: 0, value: 1, op: "SCMP_CMP_EQ")]
        #expect(try build([allow("mount"), allow("mount", where: condition)]).run(165, [2]) == Action.allow)
        #expect(try build([allow("mount", where: condition), allow("mount")]).run(165, [2]) == Action.allow)
    }

    @Test func ofContradictingRulesTheFirstUnconditionalOneWins() throws {
        func deny(_ errno: UInt32, where args: [LinuxSeccompArg]? = nil) -> LinuxSyscall {
            LinuxSyscall(names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: errno, args: args)
        }
        let one = [LinuxSeccompArg(index: 0, value: 1, op: "SCMP_CMP_EQ")]
        #expect(try build([allow("mount"), deny(5)]).run(165) == Action.allow && build([deny(5), allow("mount")]).run(165) == Action.errno(5))
        #expect(try build([allow("mount"), deny(5, where: one)]).run(165, [1]) == Action.allow)
        #expect(try build([deny(5, where: one), allow("mount")]).run(165, [1]) == Action.allow)
        #expect(throws: ApusError(.invalidArgument, "invalid seccomp profile: two rules for mount contradict each other")) {
            try SeccompProgram(
                building: LinuxSeccomp(defaultAction: "SCMP_ACT_ERRNO", syscalls: [deny(5, where: one), allow("mount", where: one)]))
        }
        #expect(try build([allow("mount", where: one), allow("mount", where: one)]).run(165, [1]) == Action.allow)
    }

    @Test func flagsBecomeBits() throws {
        let notify = [LinuxSyscall(names: ["mount"], action: "SCMP_ACT_NOTIFY")]
        let flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]
        let with = try SeccompProgram(building: LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", flags: flags, syscalls: notify))
        #expect(with.flags == 0x2 | 0x4 | 0x8 | 0x20 && with.needsListener)
        let without = try SeccompProgram(building: LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", flags: flags))
        #expect(without.flags == 0x2 | 0x4 && !without.needsListener)
        #expect(without.count > 0 && without.instructions.count % 8 == 0)
    }

    @Test func mistakesAreNamedByField() {
        func fails(_ profile: LinuxSeccomp, _ message: String, _ line: Int = #line) {
            #expect(throws: ApusError(.invalidArgument, "invalid seccomp profile: " + message), "line \(line)") { try SeccompProgram(building: profile) }
        }
        let arg = LinuxSeccompArg(index: 6, value: 0, op: "SCMP_CMP_EQ")
        fails(LinuxSeccomp(defaultAction: ""), "linux.seccomp.defaultAction is \"\", which is no action")
        fails(LinuxSeccomp(defaultAction: "SCMP_ACT_NOTIFY"), "SCMP_ACT_NOTIFY cannot be the default action")
        fails(LinuxSeccomp(defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 5000), "the errno 5000 of linux.seccomp.defaultAction is above 4095")
        fails(
            LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_Z80"]),
            "linux.seccomp.architectures[1] is \"SCMP_ARCH_Z80\", which is no architecture that libseccomp knows")
        fails(
            LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", architectures: ["X86"]),
            "linux.seccomp.architectures[0] is \"X86\", which is no architecture that libseccomp knows")
        fails(LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", flags: ["FOO"]), "linux.seccomp.flags[0] is \"FOO\", which is no flag")
        fails(
            LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", syscalls: [LinuxSyscall(names: ["mount"], action: "SCMP_ACT_FOO")]),
            "linux.seccomp.syscalls[0].action is \"SCMP_ACT_FOO\", which is no action")
        fails(
            LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", syscalls: [LinuxSyscall(names: ["x"], action: "SCMP_ACT_KILL", args: [arg])]),
            "linux.seccomp.syscalls[0].args[0].index is 6, and calls have six arguments")
        fails(
            LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", syscalls: [LinuxSyscall(names: ["x"], action: "SCMP_ACT_KILL", errnoRet: 5)]),
            "linux.seccomp.syscalls[0].action is SCMP_ACT_KILL, which takes no errno")
        fails(LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1), "linux.seccomp.defaultAction is SCMP_ACT_ALLOW, which takes no errno")
        fails(
            LinuxSeccomp(
                defaultAction: "SCMP_ACT_ALLOW",
                syscalls: [LinuxSyscall(names: ["x"], action: "SCMP_ACT_KILL", args: [LinuxSeccompArg(index: 0, value: 0, op: "==")])]),
            "linux.seccomp.syscalls[0].args[0].op is \"==\", which is no comparison")
        fails(
            LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", syscalls: [LinuxSyscall(names: ["read", "write"], action: "SCMP_ACT_NOTIFY")]),
            "SCMP_ACT_NOTIFY cannot be used for the write syscall")
    }

    @Test func randomProfilesMeanWhatTheySay() throws {
        var random = SeededRandom(seed: 11)
        let calls: [(String, Int32)] = [("read", 0), ("mount", 165), ("socket", 41), ("personality", 135), ("openat2", 437), ("kill", 62), ("futex", 202)]
        for _ in 0..<60 {
            let chosen = calls.filter { _ in Bool.random(using: &random) }
            let errno = UInt32.random(in: 1...100, using: &random)
            let program = try build(
                chosen.map { LinuxSyscall(names: [$0.0], action: "SCMP_ACT_ERRNO", errnoRet: errno) } + [allow("futex_waitv")],
                defaultAction: "SCMP_ACT_KILL_PROCESS")
            for (name, number) in calls {
                #expect(try program.run(number) == (chosen.contains { $0.0 == name } ? Action.errno(errno) : Action.killProcess))
            }
        }
    }
}
