import CShim
import JSONCoding
import OCISpec
import Testing

@testable import ContainerRuntime

/// What `features` says must be what the code does.
@Suite struct FeaturesTests {
    private let features = Features.ofThisRuntime

    /// Each option of the list is a word of Apus, and no other word that anybody has for a mount is.
    @Test func mountOptionsAreThoseThatAreTakenAsWords() throws {
        let listed = Set(features.mountOptions ?? [])
        #expect(listed.isSuperset(of: ["ro", "rro", "bind", "rbind", "rprivate", "nosymfollow", "lazytime"]) && listed.count == features.mountOptions?.count)
        for word in MountOptions.words { #expect(MountOptions.recognizes(word) == listed.contains(word), "\(word)") }
        for word in ["mode=755", "size=1", "rfoo", "gid=5", "hidepid=2", "x"] { #expect(!MountOptions.recognizes(word)) }
        #expect(features.mountOptions == features.mountOptions?.sorted())
    }

    @Test func namesAreThoseOfTheTables() throws {
        let linux = try #require(features.linux)
        #expect(linux.namespaces == LinuxNamespace.types.sorted())
        #expect(linux.capabilities?.count == CapabilitySet.lastKnown + 1)
        let policies = try #require(linux.memoryPolicy)
        for mode in policies.modes ?? [] {
            let nodes = ["MPOL_DEFAULT", "MPOL_LOCAL"].contains(mode) ? nil : "0"
            #expect(throws: Never.self) { try MemoryPolicy(LinuxMemoryPolicy(mode: mode, nodes: nodes)) }
        }
        for flag in policies.flags ?? [] {
            #expect(throws: Never.self) { try MemoryPolicy(LinuxMemoryPolicy(mode: "MPOL_BIND", nodes: "0", flags: [flag])) }
        }
        let seccomp = try #require(linux.seccomp)
        for action in seccomp.actions ?? [] { #expect(throws: Never.self) { try SeccompNames.action(action, errnoRet: nil, field: "") } }
        for name in seccomp.operators ?? [] { #expect(throws: Never.self) { try SeccompNames.comparison(name, field: "") } }
        #expect(seccomp.archs?.contains("SCMP_ARCH_X86_64") == true && seccomp.archs?.contains("SCMP_ARCH_AARCH64") == true)
        #expect(seccomp.knownFlags?.count == 4)
    }

    /// Both ends of the range of versions are accepted, and the text is what the model is.
    @Test func versionsAndText() throws {
        for version in [features.ociVersionMin, features.ociVersionMax] {
            let spec = Spec(ociVersion: version, root: Root(path: "r"))
            #expect(spec.validate() == [])
        }
        let text = try writeJSON(features, indent: "    ")
        #expect(String(decoding: text.prefix(34), as: UTF8.self) == "{\n    \"ociVersionMin\": \"1.0.0\",\n  ")
        #expect(try readJSON(Features.self, from: text, name: "features") == features)
    }
}
