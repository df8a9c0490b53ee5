import CSeccomp
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite struct FilterTableTests {
    /// Every number at which either program could decide otherwise, for every architecture, with many arguments.
    private func expectSame(_ long: [FilterInstruction], _ compact: [FilterInstruction], arguments: [[UInt64]]) throws {
        let (before, after) = (BPFInterpreter(program(long)), BPFInterpreter(program(compact)))
        var numbers: Set<UInt32> = [0, .max, 1 << 30, 1 << 31, 3 << 30]
        for value in long.map(\.value) { numbers.formUnion([value, value &+ 1, value &- 1]) }
        for architecture in [BPFInterpreter.x86_64, BPFInterpreter.i386, BPFInterpreter.aarch64, 0, 40] {
            for number in numbers {
                for list in arguments {
                    let number = Int32(bitPattern: number)
                    let (left, right) = (try before.run(number, list, architecture: architecture), try after.run(number, list, architecture: architecture))
                    if left != right { Issue.record("\(architecture) \(number) \(list): \(left) became \(right)") }
                }
            }
        }
    }

    private func program(_ code: [FilterInstruction]) -> SeccompProgram { SeccompProgram(instructions: code.flatMap(\.bytes)) }

    private func build(_ rules: [LinuxSyscall], architectures: [String]) throws -> [FilterInstruction] {
        let filter = try SeccompFilter(defaultAction: 0x0005_0001)
        var tokens = [UInt32]()
        for name in architectures {
            tokens.append(try SeccompNames.architecture(name, field: ""))
            try filter.add(architecture: tokens.last ?? 0, name: name, field: "")
        }
        for rule in rules {
            let conditions = try (rule.args ?? []).map { arg throws in
                scmp_arg_cmp(arg: arg.index, op: try SeccompNames.comparison(arg.op, field: ""), datum_a: arg.value, datum_b: arg.valueTwo ?? 0)
            }
            for name in rule.names {
                guard let number = SeccompFilter.number(of: name) else { continue }
                try filter.add(SeccompNames.action(rule.action, errnoRet: rule.errnoRet, field: ""), call: (name, number), where: conditions)
            }
        }
        return UnknownCalls(rules, architectures: tokens).instructions + FilterInstruction.list(try filter.export())
    }

    @Test func randomFiltersKeepTheirDecisions() throws {
        var random = SeededRandom(seed: 23)
        let names = (0..<450).compactMap { unsafe seccomp_syscall_resolve_num_arch(0, $0).map { name in unsafe String(cString: name) } }
        let operators = ["SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ"]
        let arguments: [[UInt64]] = [[], [1], [2, 3], [5, 5], [1 << 33, 1], [0xffff_ffff, 0xf0]]
        for round in 0..<16 {
            let density = Int.random(in: 1...100, using: &random)
            var rules = [LinuxSyscall]()
            for name in names where Int.random(in: 0..<100, using: &random) < density {
                var args: [LinuxSeccompArg]?
                if Int.random(in: 0..<20, using: &random) == 0 {
                    args = (0..<UInt32.random(in: 1...2, using: &random)).map { index in
                        LinuxSeccompArg(
                            index: index, value: UInt64.random(in: 0...6, using: &random), valueTwo: UInt64.random(in: 0...3, using: &random),
                            op: operators.randomElement(using: &random) ?? "")
                    }
                }
                let errno = UInt32.random(in: 2...4, using: &random)
                let allows = Bool.random(using: &random)
                rules.append(
                    LinuxSyscall(names: [name], action: allows ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO", errnoRet: allows ? nil : errno, args: args))
            }
            let architectures = [["SCMP_ARCH_X86_64"], ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], ["SCMP_ARCH_AARCH64"], []][round % 4]
            let long = try build(rules, architectures: architectures)
            let table = try #require(FilterTable(of: long))
            try expectSame(long, table.code(argumentsFrom: long), arguments: arguments)
        }
    }

    @Test func whatDoesNotFitStaysAsItIs() {
        let odd: [[FilterInstruction]] = [
            [], [.load(4)], [.answer(5)], [.load(0), .answer(5)], [.load(16), .answer(1)], [.load(4), .jump(.above, 3, yes: 0, no: 0), .answer(1)],
            [.load(4), .jump(.equal, 3, yes: 0, no: 1), .answer(2), .skip(.max)],
            [.load(4), .jump(.equal, 3, yes: 0, no: 3), .load(0), .jump(.anyBit, 6, yes: 0, no: 1), .answer(2), .answer(1)],
        ]
        for program in odd { #expect(FilterTable.compacted(program) == program) }
    }

    @Test func manyRangesNeedFarJumps() throws {
        // Every call another errno: no range can be merged and no answer shared.
        let rules = (0..<450).compactMap { number in
            unsafe seccomp_syscall_resolve_num_arch(0, number).map { name in
                LinuxSyscall(names: [unsafe String(cString: name)], action: "SCMP_ACT_ERRNO", errnoRet: 100 + UInt32(number))
            }
        }
        let long = try build(rules, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])
        let table = try #require(FilterTable(of: long))
        #expect(table.architectures.map(\.ranges.count).max() ?? 0 > 300)
        try expectSame(long, table.code(argumentsFrom: long), arguments: [[]])
    }
}
