import Engine
import LinuxSystem
import Testing

/// `--security-opt`.
@Suite struct SecurityOptionsTests {
    @Test func forms() throws {
        let options = try SecurityOptions(["no-new-privileges", "seccomp=unconfined", "systempaths=unconfined", "apparmor=unconfined", "label=disable"])
        #expect(options.noNewPrivileges && options.seccomp == .unconfined && options.unconfinedSystemPaths)
        #expect(try SecurityOptions(["no-new-privileges:true"]).noNewPrivileges)
        #expect(try !SecurityOptions(["no-new-privileges=false"]).noNewPrivileges)
        #expect(try SecurityOptions(["seccomp:{}"]).seccomp == .profile("{}"))
    }

    @Test func unknownOnesAreNamed() {
        #expect(throws: ApusError(.invalidArgument, "invalid --security-opt: \"bogus=1\"")) { try SecurityOptions(["bogus=1"]) }
        #expect(throws: ApusError(.notSupported, "--security-opt apparmor=docker-default: AppArmor profiles are not supported yet")) {
            try SecurityOptions(["apparmor=docker-default"])
        }
    }

    @Test func filesAreEmbedded() throws {
        let path = "/tmp/apus-profile-\(UInt32.random(in: 0 ... .max)).json"
        try replaceFile(path, with: Array("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}".utf8))
        defer { try? removeTree(path) }
        let embedded = try SecurityOptions.embeddingFiles(["seccomp=\(path)", "label=disable"])
        #expect(embedded == ["seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}", "label=disable"])
        let error = #expect(throws: ApusError.self) { try SecurityOptions.embeddingFiles(["seccomp=/nothere"]) }
        #expect(error?.description == "cannot open /nothere: no such file or directory (ENOENT)")
    }
}
