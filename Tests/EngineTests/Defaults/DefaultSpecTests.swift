import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

@testable import Engine

@Suite struct DefaultSpecTests {
    @Test func capabilitiesAreDockersFourteen() {
        let expected = [
            "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE", "NET_RAW", "SYS_CHROOT", "MKNOD",
            "AUDIT_WRITE", "SETFCAP",
        ]
        #expect(DefaultSpec.capabilities.ociNames == expected.map { "CAP_" + $0 })
        let names = DefaultSpec.processCapabilities(DefaultSpec.capabilities)
        #expect(names.bounding?.count == 14 && names.effective == names.bounding && names.permitted == names.bounding)
        #expect(names.inheritable == [] && names.ambient == [])
    }

    @Test func mountsFollowTheirFlags() throws {
        let mounts = DefaultSpec.mounts()
        #expect(mounts.map(\.destination) == ["/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"])
        #expect(mounts.last?.options == ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"])
        #expect(mounts[3].options?.contains("ro") == true && DefaultSpec.mounts(privileged: true)[3].options?.contains("rw") == true)
        #expect(DefaultSpec.mounts(shmSize: 4096).last?.options?.last == "size=4096")
    }

    @Test func deviceRulesBeginWithNothing() {
        #expect(DefaultSpec.deviceRules.first == LinuxDeviceCgroup(allow: false, access: "rwm") && DefaultSpec.deviceRules.count == 8)
    }
}

@Suite struct UlimitTests {
    @Test func formsFollowDocker() throws {
        #expect(try Ulimit.parse("nofile=1024:2048") == POSIXRlimit(type: "RLIMIT_NOFILE", hard: 2048, soft: 1024))
        #expect(try Ulimit.parse("core=0") == POSIXRlimit(type: "RLIMIT_CORE", hard: 0, soft: 0))
        #expect(try Ulimit.parse("memlock=-1") == POSIXRlimit(type: "RLIMIT_MEMLOCK", hard: .max, soft: .max))
        #expect(try Ulimit.parse("nproc=5:-1") == POSIXRlimit(type: "RLIMIT_NPROC", hard: .max, soft: 5))
    }

    @Test(arguments: [
        ("nofile", "invalid ulimit argument: nofile"), ("as=1", "invalid ulimit type: as"), ("=1", "invalid ulimit type: "),
        ("nofile=1:2:3", "too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`"),
        ("nofile=", "invalid ulimit value:  in nofile="), ("nofile=x:1", "invalid ulimit value: x in nofile=x:1"),
        ("nofile=1:99999999999999999999", "invalid ulimit value: 99999999999999999999 in nofile=1:99999999999999999999"),
        ("nofile=-2", "invalid ulimit value: -2 in nofile=-2"),
        ("nofile=3:2", "ulimit soft limit must be less than or equal to hard limit: 3 > 2"),
        ("nofile=-1:2", "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 2"),
    ])
    func mistakesGetASentence(flag: String, message: String) {
        #expect(throws: ApusError(.invalidArgument, message)) { try Ulimit.parse(flag) }
    }
}
