import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

@testable import Engine

@Suite struct SeccompProfileFileTests {
    private let target = SeccompTarget(capabilities: DefaultSpec.capabilities, architecture: "amd64", kernel: .init(6, 1))

    private func profile(_ json: String, for target: SeccompTarget? = nil) throws -> LinuxSeccomp? {
        try SeccompProfileFile(Array(json.utf8), name: "p.json").profile(for: target ?? self.target)
    }

    @Test func rulesAreChosenByConditions() throws {
        let json = """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
             "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
                         {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
             "syscalls": [
               {"names": ["a", "b"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "", "includes": {}, "excludes": {}},
               {"name": "c", "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "args": [{"index": 1, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]},
               {"names": ["cap"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_CHOWN"]}},
               {"names": ["bothcaps"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_CHOWN", "CAP_SYS_ADMIN"]}},
               {"names": ["nocap"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]}},
               {"names": ["amd"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["x32", "amd64"]}},
               {"names": ["arm"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm"]}},
               {"names": ["notamd"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64"]}},
               {"names": ["old"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
               {"names": ["new"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.2"}},
               {"names": ["same"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.1"}},
               {"names": ["gone"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "5.0"}}
             ]}
            """
        let result = try #require(try profile(json))
        #expect(result.syscalls?.map(\.names) == [["a", "b"], ["c"], ["cap"], ["amd"], ["old"], ["same"]])
        #expect(result.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] && result.defaultErrnoRet == 1)
        #expect(result.syscalls?[1].args == [LinuxSeccompArg(index: 1, value: .max, op: "SCMP_CMP_EQ")] && result.syscalls?[1].errnoRet == 38)
        let other = SeccompTarget(capabilities: .all(), architecture: "riscv64", kernel: .init(4, 4))
        let others = try #require(try profile(json, for: other))
        #expect(others.syscalls?.map(\.names) == [["a", "b"], ["c"], ["cap"], ["bothcaps"], ["notamd"], ["gone"]] && others.architectures == nil)
    }

    @Test func anEmptyFileTurnsTheFilterOff() throws {
        #expect(try profile("{}") == nil)
        #expect(try profile("{\"defaultAction\": \"\", \"syscalls\": []}") == nil)
        let flags = try profile(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"], \"architectures\": [\"SCMP_ARCH_X86\"], \"listenerPath\": \"/l\"}"
        )
        #expect(
            flags
                == LinuxSeccomp(
                    defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86"], flags: ["SECCOMP_FILTER_FLAG_LOG"], listenerPath: "/l", syscalls: []))
    }

    @Test func mistakesGetASentence() {
        func fails(_ json: String, _ message: String) {
            #expect(throws: ApusError(.malformed, message)) { try profile(json) }
        }
        fails("", "cannot read seccomp profile p.json: it is no JSON")
        fails("{", "cannot read seccomp profile p.json: it is no JSON")
        fails("[]", "cannot read seccomp profile p.json: the file has the wrong type")
        fails("{\"syscalls\": [{\"names\": [\"a\"]}]}", "cannot read seccomp profile p.json: syscalls[0].action is missing")
        fails("{\"syscalls\": [{\"names\": [\"a\", 3], \"action\": \"x\"}]}", "cannot read seccomp profile p.json: syscalls[0].names[1] has the wrong type")
        fails(
            "{\"architectures\": [\"a\"], \"archMap\": [{\"architecture\": \"b\"}]}",
            "cannot use seccomp profile p.json: 'architectures' and 'archMap' were specified, use either of them")
        fails(
            "{\"syscalls\": [{\"name\": \"a\", \"names\": [\"b\"], \"action\": \"x\"}]}",
            "cannot use seccomp profile p.json: syscalls[0]: 'name' and 'names' were specified, use either of them")
        fails("{\"syscalls\": [{\"action\": \"x\"}]}", "cannot use seccomp profile p.json: syscalls[0] names no system call")
        fails(
            "{\"syscalls\": [{\"name\": \"a\", \"action\": \"x\", \"includes\": {\"minKernel\": \"six\"}}]}",
            "cannot use seccomp profile p.json: syscalls[0]: minKernel \"six\" is no kernel version such as 4.8")
    }

    @Test func hostileFilesDoNotCrash() {
        let good = Array(
            "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}],\"includes\":{\"minKernel\":\"4.8\"}}]}"
                .utf8)
        var state: UInt64 = 5
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let letters = Array("{}[]\",:0123456789-eE.ntfu\\ \u{0}é".utf8)
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0...next(4) { bytes[next(bytes.count)] = letters[next(letters.count)] }
            guard let profile = try? SeccompProfileFile(bytes, name: "p").profile(for: target) else { continue }
            _ = try? SeccompProgram(building: profile)
        }
    }

    @Test(arguments: [("4.8", 4, 8), ("6.1.0-18-amd64", 6, 1), ("6.18-rc1", 6, 18), ("5.10.0", 5, 10)])
    func kernelVersions(text: String, version: Int, patchLevel: Int) {
        #expect(SeccompTarget.KernelVersion(text) == SeccompTarget.KernelVersion(version, patchLevel))
    }

    @Test func kernelVersionsCompareByNumber() {
        #expect(SeccompTarget.KernelVersion(6, 9) < SeccompTarget.KernelVersion(6, 10) && SeccompTarget.KernelVersion.running >= .init(6, 1))
        for text in ["", "6", "6.", "x.1", "6.x", "."] { #expect(SeccompTarget.KernelVersion(text) == nil) }
    }
}
