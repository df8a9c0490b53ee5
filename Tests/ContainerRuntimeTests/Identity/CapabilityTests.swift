import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

@Suite struct CapabilityTests {
    private func set(_ names: String...) -> CapabilitySet {
        var ignored = [String]()
        let set = CapabilitySet(ociNames: names, ignored: &ignored)
        #expect(ignored.isEmpty)
        return set
    }

    @Test(arguments: [
        ("CAP_CHOWN", 0), ("CAP_KILL", 5), ("CAP_SETPCAP", 8), ("CAP_NET_ADMIN", 12), ("CAP_SYS_ADMIN", 21), ("CAP_MKNOD", 27), ("CAP_AUDIT_WRITE", 29),
        ("CAP_SYSLOG", 34), ("CAP_CHECKPOINT_RESTORE", 40),
    ])
    func numbersAreTheKernels(name: String, number: Int) {
        #expect(Capability(ociName: name)?.number == number)
    }

    @Test func theTableMatchesTheKernelHeader() throws {
        var seen = 0
        for line in String(decoding: try readFile("/usr/include/linux/capability.h"), as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 3, words[0] == "#define", words[1].hasPrefix("CAP_"), let number = Int(words[2]) else { continue }
            #expect(Capability(ociName: String(words[1]))?.number == number)
            seen += 1
        }
        #expect(seen == CapabilitySet.lastKnown + 1)
    }

    @Test func namesAreTypedInAnyCase() {
        for text in ["net_admin", "NET_ADMIN", "cap_net_admin", "Cap_Net_Admin"] { #expect(Capability(typed: text)?.number == 12) }
        #expect(Capability(typed: "") == nil)
        #expect(Capability(typed: "CAP_CAP_KILL") == nil)
        #expect(Capability(ociName: "cap_kill") == nil)
    }

    @Test func flagsFollowDocker() throws {
        let base = set("CAP_CHOWN", "CAP_KILL")
        #expect(try base.adding([], dropping: []) == base)
        #expect(try base.adding(["sys_time"], dropping: ["chown"]) == set("CAP_KILL", "CAP_SYS_TIME"))
        #expect(try base.adding(["KILL"], dropping: ["KILL"]) == base)
        #expect(try base.adding(["ALL"], dropping: []) == .all())
        #expect(try base.adding([], dropping: ["all"]) == CapabilitySet())
        #expect(try base.adding(["NET_RAW"], dropping: ["ALL"]) == set("CAP_NET_RAW"))
        #expect(try base.adding(["ALL"], dropping: ["ALL"]) == .all())
        let most = try base.adding(["ALL"], dropping: ["SYS_ADMIN"])
        #expect(most.ociNames.count == 40 && !most.ociNames.contains("CAP_SYS_ADMIN"))
        #expect(try base.adding(["ALL", "SYS_ADMIN"], dropping: ["SYS_ADMIN"]) == .all())
    }

    @Test func wrongNamesGetASentence() {
        #expect(throws: ApusError(.invalidArgument, "unknown capability to add: \"x\"")) { try CapabilitySet().adding(["x"], dropping: []) }
        #expect(throws: ApusError(.invalidArgument, "unknown capability to drop: \"CAP_FOO\"")) { try CapabilitySet().adding([], dropping: ["CAP_FOO"]) }
        #expect(throws: ApusError(.notSupported, "cannot add CAP_BPF: this kernel's last capability is number 37")) {
            try CapabilitySet().adding(["bpf"], dropping: [], last: 37)
        }
    }

    @Test func masksIgnoreWhatTheKernelLacks() {
        var ignored = [String]()
        let names = LinuxCapabilities(
            bounding: ["CAP_KILL", "CAP_FOO", "CAP_BPF"], effective: ["CAP_KILL", "CAP_FOO", "CAP_BPF"], inheritable: [], permitted: nil, ambient: ["CAP_CHOWN"]
        )
        let masks = CapabilityMasks(names, last: 37, ignored: &ignored)
        #expect(masks.bounding.mask == 1 << 5 && masks.effective == masks.bounding)
        #expect(masks.inheritable.mask == 0 && masks.permitted.mask == 0 && masks.ambient.mask == 1)
        #expect(ignored == ["CAP_FOO", "CAP_BPF"])
    }

    @Test func theKernelTellsItsLast() throws {
        #expect(try CapabilitySet.lastOfKernel() >= 40)
    }
}
