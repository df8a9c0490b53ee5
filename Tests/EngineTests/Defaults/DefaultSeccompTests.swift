import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

@testable import Engine

@Suite struct DefaultSeccompTests {
    private func target(adding names: String..., architecture: String = "amd64") throws -> SeccompTarget {
        SeccompTarget(capabilities: try DefaultSpec.capabilities.adding(names, dropping: []), architecture: architecture)
    }

    private func program(_ target: SeccompTarget) throws -> BPFInterpreter {
        BPFInterpreter(try SeccompProgram(building: DefaultSeccomp.profile(for: target)))
    }

    // Numbers of x86_64 (asm/unistd_64.h).
    private static let allowed: [(String, Int32)] = [
        ("read", 0), ("write", 1), ("open", 2), ("close", 3), ("mmap", 9), ("ioctl", 16), ("socketpair", 53), ("fork", 57), ("vfork", 58), ("execve", 59),
        ("kill", 62), ("ptrace", 101), ("mknod", 133), ("arch_prctl", 158), ("adjtimex", 159), ("chroot", 161), ("sync", 162), ("time", 201), ("futex", 202),
        ("mq_open", 240), ("unlinkat", 263), ("fanotify_mark", 301), ("name_to_handle_at", 303), ("clock_adjtime", 305),
        ("process_vm_readv", 310), ("seccomp", 317), ("memfd_create", 319), ("execveat", 322), ("statx", 332), ("rseq", 334), ("pidfd_open", 434),
        ("openat2", 437), ("faccessat2", 439), ("landlock_create_ruleset", 444), ("memfd_secret", 447), ("futex_waitv", 449), ("modify_ldt", 154),
    ]
    private static let denied: [(String, Int32)] = [
        ("iopl", 172), ("syslog", 103), ("uselib", 134), ("ustat", 136), ("sysfs", 139), ("pivot_root", 155), ("_sysctl", 156), ("settimeofday", 164),
        ("mount", 165), ("umount2", 166), ("swapon", 167), ("swapoff", 168), ("reboot", 169), ("sethostname", 170), ("setdomainname", 171), ("ioperm", 173),
        ("init_module", 175), ("delete_module", 176), ("quotactl", 179), ("nfsservctl", 180), ("lookup_dcookie", 212), ("clock_settime", 227),
        ("mbind", 237), ("set_mempolicy", 238), ("get_mempolicy", 239), ("kexec_load", 246), ("add_key", 248), ("request_key", 249), ("keyctl", 250),
        ("migrate_pages", 256), ("unshare", 272), ("move_pages", 279), ("perf_event_open", 298), ("fanotify_init", 300), ("open_by_handle_at", 304),
        ("setns", 308), ("kcmp", 312), ("finit_module", 313), ("kexec_file_load", 320), ("bpf", 321), ("userfaultfd", 323), ("io_uring_setup", 425),
        ("io_uring_enter", 426), ("io_uring_register", 427), ("open_tree", 428), ("move_mount", 429), ("fsopen", 430), ("fsconfig", 431), ("fsmount", 432),
        ("fspick", 433), ("pidfd_getfd", 438), ("process_madvise", 440), ("mount_setattr", 442), ("quotactl_fd", 443), ("acct", 163), ("vhangup", 153),
    ]

    @Test func decisionsAreDockers() throws {
        let program = try program(target())
        for (name, number) in Self.allowed { #expect(try program.run(number) == Action.allow, "\(name)") }
        for (name, number) in Self.denied { #expect(try program.run(number) == Action.denied, "\(name)") }
        // clone3's flags are behind a pointer: the C library falls back to clone. Newer calls are not there.
        for number: Int32 in [435, 467, 1000] { #expect(try program.run(number) == Action.unknown, "\(number)") }
        // What libseccomp knows of the youngest differs: fchmodat2 is allowed or not there, set_mempolicy_home_node refused or not there.
        #expect(try [Action.allow, Action.unknown].contains(program.run(452)) && [Action.denied, Action.unknown].contains(program.run(450)))
        #expect(try program.run(11, architecture: BPFInterpreter.i386) == Action.allow)
        #expect(try program.run(21, architecture: BPFInterpreter.i386) == Action.denied)
        #expect(try program.run(0, architecture: BPFInterpreter.aarch64) == Action.killThread)
    }

    @Test func argumentsDecide() throws {
        let program = try program(target())
        for domain: UInt64 in [1, 2, 10, 16, 17, 38, 44] { #expect(try program.run(41, [domain]) == Action.allow, "socket \(domain)") }
        #expect(try program.run(41, [40]) == Action.denied)
        for personality: UInt64 in [0, 8, 0x20000, 0x20008, 0xffff_ffff] { #expect(try program.run(135, [personality]) == Action.allow) }
        for personality: UInt64 in [1, 0x40000, 0x0400_0000, 0xffff_fffe] { #expect(try program.run(135, [personality]) == Action.denied) }
        #expect(try program.run(56, [0x3d0f00]) == Action.allow)
        for flag: UInt64 in [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] {
            #expect(try program.run(56, [flag | 17]) == Action.denied, "clone \(flag)")
        }
    }

    @Test(arguments: [
        ("SYS_ADMIN", [165, 166, 272, 308, 321, 298, 103, 300, 428, 442, 179, 170, 435]), ("SYS_BOOT", [169]), ("SYS_MODULE", [175, 176, 313]),
        ("SYS_PACCT", [163]), ("SYS_PTRACE", [312, 438, 440]), ("SYS_RAWIO", [172, 173]), ("SYS_TIME", [164, 227]), ("SYS_TTY_CONFIG", [153]),
        ("SYS_NICE", [237, 238, 239, 450]), ("SYSLOG", [103]), ("BPF", [321]), ("PERFMON", [298]), ("DAC_READ_SEARCH", [304]),
    ])
    func capabilitiesOpenTheirCalls(capability: String, calls: [Int32]) throws {
        let program = try program(target(adding: capability))
        for number in calls { #expect(try program.run(number) == Action.allow, "\(number)") }
        if capability != "SYS_ADMIN" {
            for (name, number) in Self.denied where !calls.contains(number) { #expect(try program.run(number) == Action.denied, "\(name)") }
        }
        for number: Int32 in [155, 167, 246, 248, 250, 323, 425] { #expect(try program.run(number) == Action.denied, "\(number)") }
    }

    @Test func withoutChrootTheCallIsGone() throws {
        let bare = SeccompTarget(capabilities: CapabilitySet(), architecture: "amd64")
        #expect(try program(bare).run(161) == Action.denied && program(bare).run(0) == Action.allow)
    }

    @Test func everyArchitectureHasItsCalls() throws {
        func names(_ architecture: String) throws -> (LinuxSeccomp, Set<String>) {
            let profile = DefaultSeccomp.profile(for: try target(architecture: architecture))
            return (profile, Set(profile.syscalls?.flatMap(\.names) ?? []))
        }
        let (amd64, amd64Names) = try names("amd64")
        #expect(amd64.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
        #expect(amd64Names.contains("arch_prctl") && !amd64Names.contains("cacheflush") && amd64Names.count > 370)
        let (arm64, arm64Names) = try names("arm64")
        #expect(arm64.architectures == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] && arm64Names.contains("cacheflush") && !arm64Names.contains("arch_prctl"))
        let (s390x, s390xNames) = try names("s390x")
        #expect(s390xNames.contains("s390_runtime_instr") && s390x.syscalls?.contains { $0.names == ["clone"] && $0.args?.first?.index == 1 } == true)
        #expect(try names("ppc64le").0.architectures == nil && names("ppc64le").1.contains("swapcontext"))
        #expect(try names("riscv64").1.contains("riscv_flush_icache"))
        for profile in [amd64, arm64] { _ = try SeccompProgram(building: profile) }
        #expect(
            throws: ApusError(
                .notSupported, "cannot use linux.seccomp.architectures[0]: SCMP_ARCH_S390X has another byte order than this machine")
        ) { try SeccompProgram(building: s390x) }
    }

    @Test func noNameIsListedTwiceInOneRule() throws {
        for rule in DefaultSeccomp.profile(for: try target()).syscalls ?? [] { #expect(Set(rule.names).count == rule.names.count) }
    }

    @Test func everyVersionOfTheProfileHasItsNumber() {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        DefaultSeccomp.profile.withUTF8Buffer { bytes in
            for index in bytes.indices { sum = unsafe (sum ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        }
        #expect(DefaultSeccomp.identity == sum, "the profile changed: write 0x\(String(sum, radix: 16)) as its identity")
    }

    @Test func theFilterComesFromTheCache() throws {
        let path = "/tmp/apus-default-seccomp-test-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectories(path)
        defer { try? removeTree(path) }
        let cache = SeccompCache(directory: path)
        let built = try DefaultSeccomp.program(for: DefaultSpec.capabilities, cache: cache)
        #expect(try built == SeccompProgram(building: DefaultSeccomp.profile(for: SeccompTarget(capabilities: DefaultSpec.capabilities))))
        #expect(try DefaultSeccomp.program(for: DefaultSpec.capabilities, cache: cache) == built)
        #expect(try DefaultSeccomp.program(for: CapabilitySet.all(), cache: cache) != built)
        #expect(try listDirectory(path).count == 2)
    }
}
