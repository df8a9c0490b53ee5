import Glibc
import LinuxSystem
import OCISpec
import SeededRandom
import Testing

@testable import Cgroups

@Suite struct SystemdTests {
    @Test(
        arguments: [
            ("system.slice:docker:12", "system.slice", "docker-12.scope"), (":cri:x", "system.slice", "cri-x.scope"), ("a-b.slice::c", "a-b.slice", "c.scope"),
            (nil, "system.slice", "apus-id.scope"),
        ] as [(String?, String, String)]) func names(_ text: String?, slice: String, name: String) throws
    {
        let unit = try SystemdUnit(text, id: "id")
        #expect(unit.slice == slice && unit.name == name)
        #expect(try SystemdUnit(":a:b", id: "id", isRootless: true).slice == "user.slice")
    }

    @Test func otherFormsAreRefused() {
        for text in ["/a/b", "a", "a:b", "a:b:c:d", "a.slice:b:"] {
            let sentence = "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"\(text)\" instead"
            #expect(throws: ApusError(.invalidArgument, sentence)) { try SystemdUnit(text, id: "id") }
        }
        for (text, slice) in [("a:b:c", "a"), ("a.slice:b:c/d", "a.slice")] {
            #expect(throws: ApusError(.invalidArgument, "cannot use linux.cgroupsPath \"\(text)\": \"\(slice)\" is no slice of systemd")) {
                try SystemdUnit(text, id: "id")
            }
        }
    }

    @Test func hostsWithoutIt() throws {
        let unit = try SystemdUnit(nil, id: "id")
        #expect(throws: ApusError(.notSupported, "systemd cgroups need a running systemd with cgroup v2 alone: this host is hybrid")) {
            try unit.start(with: getpid(), resources: nil, on: Fake.hybrid().0)
        }
        if fileExists("/run/systemd/private") { return }
        #expect(
            throws: ApusError(.notSupported, "systemd cgroups need a running systemd: cannot connect to /run/systemd/private", errno: ENOENT)
        ) { try unit.start(with: getpid(), resources: nil, on: Fake.unified().0) }
    }

    @Test func limitsThatSystemdKnows() throws {
        let limits = LinuxResources(
            memory: LinuxMemory(limit: 100, reservation: 50, swap: -1), cpu: LinuxCPU(shares: 1024, quota: 5000, period: 30000, cpus: "0,2-3,9", mems: "0"),
            pids: LinuxPids(limit: -1), unified: ["memory.high": "90", "memory.max": "95", "io.max": "8:0 rbps=1"])
        let properties = systemdProperties(try compile(limits, LimitContext(version: Fake.unified().0.versionForLimit)))
        let expected: [(String, BusValue)] = [
            ("MemorySwapMax", .number(.max)), ("MemoryLow", .number(50)), ("CPUWeight", .number(100)), ("CPUQuotaPeriodUSec", .number(30000)),
            ("CPUQuotaPerSecUSec", .number(170_000)), ("AllowedCPUs", .bytes([0b1101, 0b10])), ("AllowedMemoryNodes", .bytes([1])),
            ("TasksMax", .number(.max)), ("MemoryHigh", .number(90)), ("MemoryMax", .number(95)),
        ]
        #expect(properties == expected.map { BusProperty(name: $0.0, value: $0.1) })
        let lifted = systemdProperties(try compile(LinuxResources(cpu: LinuxCPU(quota: -1, idle: 1)), LimitContext(version: Fake.unified().0.versionForLimit)))
        #expect(lifted == [BusProperty(name: "CPUWeight", value: .number(0)), BusProperty(name: "CPUQuotaPerSecUSec", value: .number(.max))])
    }

    @Test func bytesOfACall() {
        let bytes = BusWriter.call("X", serial: 7, signature: "sb") { writer in
            writer.string("abc")
            writer.number(1)
        }
        #expect(BusMessage.length(Array(bytes.prefix(16))) == bytes.count)
        #expect(Array(bytes.prefix(12)) == [0x6c, 1, 0, 1, 12, 0, 0, 0, 7, 0, 0, 0])  // a body of 12 bytes, serial 7
        #expect(Array(bytes.suffix(12)) == [3, 0, 0, 0, 0x61, 0x62, 0x63, 0, 1, 0, 0, 0])
        let read = BusMessage(bytes)
        #expect(read?.kind == .call && read?.member == "X" && read?.strings == ["abc"])
        var writer = BusWriter()
        writer.properties([BusProperty(name: "T", value: .number(5)), BusProperty(name: "P", value: .processes([9]))])
        #expect(
            writer.bytes == [
                44, 0, 0, 0, 0, 0, 0, 0,  // length, and what aligns the first structure
                1, 0, 0, 0, 0x54, 0, 1, 0x74, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // "T", of type t
                1, 0, 0, 0, 0x50, 0, 2, 0x61, 0x75, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0,  // "P", of type au
            ])
    }

    /// What a manager says to the first call: an answer, a signal of another job, and one of this; or an error.
    private func message(_ kind: UInt8, answers: UInt32?, member: String?, error: String?, _ signature: String, _ body: (inout BusWriter) -> Void) -> [UInt8] {
        var content = BusWriter()
        body(&content)
        var message = BusWriter()
        for byte in [UInt8(ascii: "l"), kind, 0, 1] { message.byte(byte) }
        message.number(UInt32(content.bytes.count))
        message.number(1)
        message.array(of: 8) { writer in
            if let answers {
                writer.byte(5)
                writer.signature("u")
                writer.number(answers)
            }
            for (code, text) in [(3, member), (4, error)] as [(UInt8, String?)] {
                guard let text else { continue }
                writer.align(8)
                writer.byte(code)
                writer.signature("s")
                writer.string(text)
            }
            writer.align(8)
            writer.byte(8)
            writer.signature("g")
            writer.signature(signature)
        }
        message.align(8)
        return message.bytes + content.bytes
    }

    private func removed(_ job: String, _ result: String) -> [UInt8] {
        message(4, answers: nil, member: "JobRemoved", error: nil, "uoss") { writer in
            writer.number(3)
            for text in [job, "x.scope", result] { writer.string(text) }
        }
    }

    /// Runs a conversation whose other side has said everything beforehand.
    private func converse(_ said: [[UInt8]], _ body: (inout SystemdBus) throws -> Void) throws -> [UInt8] {
        var ends: [Int32] = [0, 0]
        try systemCall("socketpair") { unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) }
        let other = OwnedFD(adopting: ends[1])
        try writeAll(other.raw, Array("OK 0123\r\n".utf8) + said.joined(), name: "test")
        var bus = try SystemdBus(adopting: OwnedFD(adopting: ends[0]))
        shutdown(other.raw, Int32(SHUT_WR))
        try body(&bus)
        var room = [UInt8](repeating: 0, count: 65536)
        let count = unsafe read(other.raw, &room, room.count)
        return Array(room.prefix(max(0, count)))
    }

    @Test func aScopeIsWaitedFor() throws {
        let answer = message(2, answers: 1, member: nil, error: nil, "o") { $0.string("/job/3") }
        let scope = [BusProperty(name: "PIDs", value: .processes([1]))]
        let sent = try converse([removed("/job/2", "failed"), answer, removed("/job/3", "done")]) { try $0.startScope("x.scope", scope) }
        let hello = Array("\0AUTH EXTERNAL \(String(geteuid()).utf8.map { String($0, radix: 16) }.joined())\r\nBEGIN\r\n".utf8)
        #expect(sent.starts(with: hello))
        let call = BusMessage(Array(sent.dropFirst(hello.count)))
        #expect(call?.member == "StartTransientUnit" && call?.strings == ["x.scope", "replace"])
        // The end of the job may be told before the answer.
        _ = try converse([removed("/job/3", "done"), answer]) { try $0.startScope("x.scope", scope) }
        #expect(throws: ApusError(.system, "systemd could not start unit x.scope: failed")) {
            _ = try converse([answer, removed("/job/3", "failed")]) { try $0.startScope("x.scope", scope) }
        }
        #expect(throws: ApusError(.system, "systemd closed the connection")) { _ = try converse([answer]) { try $0.startScope("x.scope", scope) } }
    }

    @Test func refusals() throws {
        func refusal(_ name: String) -> [UInt8] { message(3, answers: 1, member: nil, error: "org.freedesktop.systemd1.\(name)", "s") { $0.string("why") } }
        #expect(throws: ApusError(.conflict, "systemd refused StartTransientUnit of unit x.scope: why")) {
            _ = try converse([refusal("UnitExists")]) { try $0.startScope("x.scope", []) }
        }
        // What is gone needs no end.
        _ = try converse([refusal("NoSuchUnit")]) { try $0.stop("x.scope") }
        #expect(throws: ApusError(.system, "systemd refused SetUnitProperties of unit x.scope: why")) {
            _ = try converse([refusal("Bad")]) { try $0.setProperties([], of: "x.scope") }
        }
    }

    @Test func damagedMessagesNeverTrap() {
        var random = SeededRandom(seed: 17)
        let good = message(2, answers: 1, member: "JobRemoved", error: "e", "uoss") { writer in
            writer.number(3)
            for text in ["/job/3", "x.scope", "done"] { writer.string(text) }
        }
        #expect(BusMessage(good)?.strings == ["/job/3", "x.scope", "done"])
        for _ in 0..<20_000 {
            var bytes = Array(good.prefix(Int.random(in: 0...good.count, using: &random)))
            if Bool.random(using: &random) { bytes = good }
            for _ in 0..<3 where !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = BusMessage(bytes)
        }
    }
}

/// A real systemd, where one runs this machine with cgroup v2.
@Suite(.enabled(if: getuid() == 0 && fileExists("/run/systemd/private"), "no systemd runs here"), .serialized)
struct SystemdHostTests {
    @Test func aScopeLivesAndEnds() throws {
        let host = try CgroupHost.detect()
        let unit = try SystemdUnit("apus-test.slice:test:\(getpid())", id: "id")
        // It moves from the tests' own cgroup to the scope.
        let process = try start("exec sleep 100", in: Cgroup(existing: CgroupRecord(unified: nil, legacy: [:], placement: .own(""), name: "none")))
        defer { Glibc.kill(process, SIGKILL) }
        let limits = LinuxResources(memory: LinuxMemory(limit: 64 << 20), cpu: LinuxCPU(quota: 20000, period: 50000), pids: LinuxPids(limit: 20))
        var cgroup = try unit.start(with: process, resources: limits, on: host)
        #expect(cgroup.record.unified?.hasSuffix("/apus.slice/apus-test.slice/\(unit.name)") == true)
        #expect(try cgroup.processes() == [process])
        func value(_ file: String) throws -> String { try readText("\(cgroup.record.unified ?? "")/\(file)") }
        #expect(try value("memory.max") == "67108864" && value("pids.max") == "20" && value("cpu.max") == "20000 50000")
        let update = LinuxResources(memory: LinuxMemory(limit: 32 << 20), pids: LinuxPids(limit: 30))
        try unit.update(update, of: cgroup, on: host)
        try cgroup.update(update, on: host)
        #expect(try value("memory.max") == "33554432" && value("pids.max") == "30")
        #expect(throws: ApusError.self) { try unit.start(with: getpid(), resources: nil, on: host) }
        try cgroup.kill()
        _ = waitFor(process)
        try unit.stop()
        try unit.stop()
        #expect(!fileExists(cgroup.record.unified ?? "/"))
    }
}
