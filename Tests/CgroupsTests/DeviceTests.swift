import LinuxSystem
import OCISpec
import SeededRandom
import Testing

@testable import Cgroups

/// What the specification means: for each kind of access the last rule that names it decides; allowed where none does.
private func isAllowed(_ rules: [DeviceRule], _ kind: DeviceRule.Kind, _ major: Int32, _ minor: Int32, _ access: DeviceAccess) -> Bool {
    [DeviceAccess.mknod, .read, .write].filter(access.contains).allSatisfy { one in
        rules.last {
            ($0.kind ?? kind) == kind && ($0.major ?? major) == major && ($0.minor ?? minor) == minor && $0.access.contains(one)
        }?.allow ?? true
    }
}

/// Runs a device program as the kernel does, for the few instructions that are used.
private func run(_ program: [UInt64], _ kind: DeviceRule.Kind, _ major: Int32, _ minor: Int32, _ access: DeviceAccess) -> UInt64? {
    var registers = [UInt64](repeating: 0xdead, count: 11)
    let context: [Int16: UInt64] = [0: UInt64(access.rawValue) << 16 | UInt64(kind.rawValue), 4: UInt64(major), 8: UInt64(minor)]
    var counter = 0
    for _ in 0..<100_000 {
        guard program.indices.contains(counter) else { return nil }
        let word = program[counter]
        counter += 1
        let destination = Int(word >> 8 & 0xf)
        let source = Int(word >> 12 & 0xf)
        let offset = Int16(truncatingIfNeeded: word >> 16)
        let constant = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: word >> 32)))
        switch word & 0xff {
        case 0x61: registers[destination] = context[offset] ?? 0
        case 0x18:
            registers[destination] = (constant & 0xffff_ffff) | (program[counter] >> 32) << 32
            counter += 1
        case 0xbf: registers[destination] = registers[source]
        case 0xb7: registers[destination] = constant
        case 0x5f: registers[destination] &= registers[source]
        case 0x57: registers[destination] &= constant
        case 0x4f: registers[destination] |= registers[source]
        case 0x47: registers[destination] |= constant
        case 0xaf: registers[destination] ^= registers[source]
        case 0xa7: registers[destination] ^= constant
        case 0x87: registers[destination] = 0 &- registers[destination]
        case 0x67: registers[destination] <<= constant
        case 0x77: registers[destination] >>= constant
        case 0x27: registers[destination] &*= constant
        case 0x15: if registers[destination] == constant { counter += Int(offset) }
        case 0x95: return registers[0]
        default: return nil
        }
    }
    return nil
}

@Suite struct DeviceTests {
    private func rule(_ allow: Bool, _ kind: DeviceRule.Kind? = nil, _ major: Int32? = nil, _ minor: Int32? = nil, _ access: DeviceAccess = .all) -> DeviceRule
    {
        DeviceRule(allow: allow, kind: kind, major: major, minor: minor, access: access)
    }

    @Test func bytesOfAProgram() {
        let program = deviceProgram([rule(false), rule(true, .character, 1, 3, [.read, .write])])
        let expected: [(UInt8, UInt8, Int16, Int32)] = [
            (0x61, 0x12, 0, 0), (0xbf, 0x23, 0, 0), (0x57, 0x02, 0, 0xffff), (0x77, 0x03, 0, 16), (0x61, 0x15, 4, 0), (0x61, 0x14, 8, 0),
            (0xbf, 0x28, 0, 0), (0x67, 0x08, 0, 12), (0x4f, 0x85, 0, 0), (0xbf, 0x58, 0, 0), (0x67, 0x08, 0, 20), (0x4f, 0x84, 0, 0), (0xb7, 0x06, 0, 0),
            (0x18, 0x07, 0, 1 << 20 | 3), (0, 0, 0, 2), (0xaf, 0x47, 0, 0), (0xbf, 0x78, 0, 0), (0x87, 0x08, 0, 0), (0x4f, 0x87, 0, 0),
            (0x77, 0x07, 0, 63), (0x27, 0x07, 0, 6), (0x47, 0x07, 0, -7), (0x5f, 0x73, 0, 0), (0x4f, 0x36, 0, 0), (0xb7, 0x00, 0, 1), (0x15, 0x06, 1, 0),
            (0xb7, 0x00, 0, 0),
            (0x95, 0, 0, 0),
        ]
        #expect(
            program
                == expected.map { code, registers, offset, constant in
                    UInt64(code) | UInt64(registers) << 8 | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: constant)) << 32
                })
        #expect(deviceProgram([]).count == 17)
    }

    @Test func programDecidesAsTheSpecificationMeans() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<400 {
            let rules = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                rule(
                    .random(using: &random), [nil, .block, .character].randomElement(using: &random) ?? nil,
                    [nil, 1, 2, 0xfff].randomElement(using: &random) ?? nil,
                    [nil, 1, 0xfffff].randomElement(using: &random) ?? nil, DeviceAccess(rawValue: .random(in: 1...7, using: &random)))
            }
            let program = deviceProgram(rules)
            for kind in [DeviceRule.Kind.block, .character] {
                for (major, minor) in [(1, 1), (1, 2), (2, 1), (3, 0xfffff), (0xfff, 0xfffff)] as [(Int32, Int32)] {
                    for bits in 1...7 as ClosedRange<Int32> {
                        let access = DeviceAccess(rawValue: bits)
                        let expected: UInt64 = isAllowed(rules, kind, major, minor, access) ? 1 : 0
                        #expect(run(program, kind, major, minor, access) == expected)
                    }
                }
            }
        }
    }

    @Test func rulesOfTheSpecification() throws {
        let entries = [
            LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 3), LinuxDeviceCgroup(allow: false, access: "rwm"),
            LinuxDeviceCgroup(allow: true, type: "b", major: -1, minor: 5, access: "r"),
        ]
        #expect(try deviceRules(entries) == [rule(false), rule(true, .block, nil, 5, .read)])
        for (entry, sentence) in [
            (LinuxDeviceCgroup(allow: true, type: "x"), "cannot use device rule devices[0]: type \"x\" is none of a, b, c"),
            (LinuxDeviceCgroup(allow: true, major: 4096), "cannot use device rule devices[0]: 4096 is no device number"),
            (LinuxDeviceCgroup(allow: true, access: "rx"), "cannot use device rule devices[0]: access \"rx\" is not of the letters rwm"),
        ] {
            #expect(throws: ApusError(.invalidArgument, sentence)) { try deviceRules([entry]) }
        }
    }

    private func list(_ rules: [DeviceRule]) throws -> LegacyDeviceList {
        var list = LegacyDeviceList()
        for rule in rules { try list.apply(rule) }
        return list
    }

    @Test func listsOfV1() throws {
        func changes(_ rules: [DeviceRule]) throws -> [String] { try list(rules).changes().map { "\($0.file) \($0.values.joined(separator: ", "))" } }
        #expect(try changes([rule(true)]) == [])
        #expect(
            try changes([rule(false), rule(true, .character, 1, 3), rule(true, nil, nil, nil, .mknod)]) == [
                "devices.deny a", "devices.allow c 1:3 rwm, c *:* m, b *:* m",
            ])
        #expect(
            try changes([rule(false), rule(true, .character, 1, 3), rule(false, .character, 1, nil, .write)]) == ["devices.deny a", "devices.allow c 1:3 rm"])
        #expect(try changes([rule(false, .block, 8, 0)]) == ["devices.deny b 8:0 rwm"])
        #expect(
            throws: ApusError(
                .notSupported, "cannot deny device c 1:3 rwm: cgroup v1 cannot take it out of \"c 1:*\"", hint: "name the devices one by one")
        ) { try list([rule(false), rule(true, .character, 1, nil), rule(false, .character, 1, 3)]) }
    }

    @Test func listsOfV1ChangeWithoutAGap() throws {
        let before = LegacyDeviceList(list: "c 1:3 rw\nb *:* m\nc 5:0 rwm")
        #expect(
            before
                == (try list([rule(false), rule(true, .character, 1, 3, [.read, .write]), rule(true, .block, nil, nil, .mknod), rule(true, .character, 5, 0)])))
        let after = try list([rule(false), rule(true, .character, 1, 3), rule(true, .character, 5, 0, .read)])
        #expect(after.changes(from: before).map { "\($0.file) \($0.values)" } == [#"devices.allow ["c 1:3 m"]"#, #"devices.deny ["b *:* m", "c 5:0 wm"]"#])
        #expect(after.changes(from: after) == [])
        #expect(try list([rule(true)]).changes(from: before).map(\.values) == [["a"]])
        #expect(after.changes(from: LegacyDeviceList(list: "a *:* rwm")) == after.changes())
    }

    /// Where v1 can express the rules at all, its list decides as they do.
    ///
    /// A right is one entry's: the kernel does not add entries up.
    @Test func listsOfV1DecideAsTheSpecificationMeans() throws {
        var random = SeededRandom(seed: 5)
        var compared = 0
        for _ in 0..<2000 {
            let rules =
                [rule(.random(using: &random))]
                + (0..<3).map { _ in
                    rule(
                        .random(using: &random), [nil, .block, .character].randomElement(using: &random) ?? nil, [nil, 1].randomElement(using: &random) ?? nil,
                        [nil, 1].randomElement(using: &random) ?? nil, DeviceAccess(rawValue: .random(in: 1...7, using: &random)))
                }
            guard let list = try? list(rules) else { continue }
            compared += 1
            for (kind, major, minor) in [(DeviceRule.Kind.block, 1, 1), (.character, 1, 2), (.character, 2, 1)] as [(DeviceRule.Kind, Int32, Int32)] {
                for access in [DeviceAccess.read, .write, .mknod] {
                    let isException = list.exceptions.contains {
                        $0.device.kind == kind && ($0.device.major ?? major) == major && ($0.device.minor ?? minor) == minor && $0.access.contains(access)
                    }
                    #expect((isException != list.allowsByDefault) == isAllowed(rules, kind, major, minor, access))
                }
            }
        }
        #expect(compared > 500)
    }

    @Test func programOnAHostWithoutTheV1Controller() throws {
        let (host, tree) = Fake.unified()
        let rules = [LinuxDeviceCgroup(allow: false), LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 3, access: "rw")]
        var cgroup = try Cgroup.create("box", in: .own("a"), resources: LinuxResources(devices: rules), on: host, tree: tree)
        #expect(tree.program(at: "/c/a/box") == deviceProgram(try deviceRules(rules)))
        try cgroup.update(LinuxResources(devices: [LinuxDeviceCgroup(allow: true)]), on: host)
        #expect(tree.program(at: "/c/a/box") == deviceProgram([rule(true)]))
        // What forbids nothing needs no program.
        _ = try Cgroup.create("open", in: .own("a"), resources: LinuxResources(devices: [LinuxDeviceCgroup(allow: true)]), on: host, tree: tree)
        #expect(tree.program(at: "/c/a/open") == nil)
    }
}
