import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite struct SeccompCacheTests {
    private let profile = LinuxSeccomp(
        defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], flags: ["SECCOMP_FILTER_FLAG_LOG"],
        syscalls: [
            LinuxSyscall(names: ["read", "write"], action: "SCMP_ACT_ALLOW"), LinuxSyscall(names: ["mount"], action: "SCMP_ACT_NOTIFY"),
            LinuxSyscall(names: ["socket"], action: "SCMP_ACT_ALLOW", args: [LinuxSeccompArg(index: 0, value: 1, op: "SCMP_CMP_EQ")]),
        ])

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = "/tmp/apus-seccomp-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectories(path)
        defer { try? removeTree(path) }
        try body(path)
    }

    @Test func theSecondTimeComesFromTheFile() throws {
        try withDirectory { path in
            let cache = SeccompCache(directory: path)
            let built = try cache.program(for: profile)
            #expect(built.flags == 0x2 | 0x8 && built.needsListener)
            #expect(try built == SeccompProgram(building: profile))
            let files = try listDirectory(path)
            #expect(files == [SeccompKey(of: profile).fileName])
            // A marked file shows that it is the one that is read.
            var marked = built
            marked.flags = 0x77
            try replaceFile(path + "/" + files[0], with: SeccompCacheFile.encode(marked, key: SeccompKey(of: profile)))
            #expect(try cache.program(for: profile) == marked)
        }
    }

    @Test func damageIsBuiltAnew() throws {
        try withDirectory { path in
            let cache = SeccompCache(directory: path)
            let built = try cache.program(for: profile)
            let file = path + "/" + SeccompKey(of: profile).fileName
            let good = try readFile(file)
            var random = SeededRandom(seed: 3)
            for round in 0..<200 {
                var bytes = good
                switch round % 4 {
                case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
                case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
                case 2: bytes += [UInt8](repeating: 0, count: Int.random(in: 1...100, using: &random))
                default: bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                }
                #expect(SeccompCacheFile.decode(bytes, key: SeccompKey(of: profile)) == nil)
                try replaceFile(file, with: bytes)
                #expect(try cache.program(for: profile) == built)
                #expect(try readFile(file) == good)
            }
            // Another profile's file under this name.
            let other = LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW")
            try replaceFile(file, with: SeccompCacheFile.encode(SeccompProgram(building: other), key: SeccompKey(of: other)))
            #expect(try cache.program(for: profile) == built)
        }
    }

    @Test func withoutADirectoryItOnlyBuilds() throws {
        let built = try SeccompProgram(building: profile)
        #expect(try SeccompCache(directory: "/nonexistent/apus").program(for: profile) == built)
        #expect(try SeccompCache(directory: "/proc/self").program(for: profile) == built)
        #expect(throws: ApusError.self) { try SeccompCache(directory: "/nonexistent/apus").program(for: LinuxSeccomp(defaultAction: "x")) }
    }

    @Test func theDirectoryStaysSmall() throws {
        try withDirectory { path in
            let zeros = String(repeating: "0", count: SeccompKey.nameLength - 3)
            for index in 0..<SeccompCache.fileLimit { try replaceFile("\(path)/\(zeros)\(index + 100)", with: [1]) }
            try replaceFile(path + "/note", with: [1])
            _ = try SeccompCache(directory: path).program(for: profile)
            #expect(try Set(listDirectory(path)) == ["note", SeccompKey(of: profile).fileName])
        }
    }

    @Test func everyFieldThatMattersChangesTheKey() {
        let key = SeccompKey(of: profile)
        #expect(SeccompKey(of: profile) == key && key.fileName.utf8.count == SeccompKey.nameLength)
        let changes: [(inout LinuxSeccomp) -> Void] = [
            { $0.defaultAction = "SCMP_ACT_KILL" }, { $0.defaultErrnoRet = 1 }, { $0.architectures = [] }, { $0.architectures?.append("SCMP_ARCH_X86") },
            { $0.flags = nil }, { $0.syscalls?.removeLast() }, { $0.syscalls?[0].names = ["readwrite"] }, { $0.syscalls?[0].names = ["write", "read"] },
            { $0.syscalls?[0].errnoRet = 0 }, { $0.syscalls?[0].action = "SCMP_ACT_LOG" }, { $0.syscalls?[2].args?[0].index = 1 },
            { $0.syscalls?[2].args?[0].value = 2 }, { $0.syscalls?[2].args?[0].valueTwo = 2 }, { $0.syscalls?[2].args?[0].op = "SCMP_CMP_NE" },
            { $0.syscalls?[2].args = nil },
            {
                $0.architectures = ["SCMP_ARCH_X86_64", "SECCOMP_FILTER_FLAG_LOG"]; $0.flags = []
            },
        ]
        var seen = [key.bytes]
        for change in changes {
            var changed = profile
            change(&changed)
            let bytes = SeccompKey(of: changed).bytes
            #expect(!seen.contains(bytes))
            seen.append(bytes)
        }
        var listener = profile
        listener.listenerPath = "/run/x"
        #expect(SeccompKey(of: listener) == key)
    }

    @Test func builtInProfilesHaveKeysOfTheirOwn() {
        let key = SeccompKey(builtIn: 1, capabilities: CapabilitySet(mask: 2))
        #expect(key == SeccompKey(builtIn: 1, capabilities: CapabilitySet(mask: 2)))
        #expect(key != SeccompKey(builtIn: 2, capabilities: CapabilitySet(mask: 2)) && key != SeccompKey(builtIn: 1, capabilities: CapabilitySet(mask: 3)))
    }
}
