import LinuxSystem
import Testing

@testable import ContainerRuntime

/// Options of mounts, as mount(8) and the specification know them.
@Suite struct MountOptionsTests {
    @Test func attributesAndData() throws {
        let options = try MountOptions(["nosuid", "ro", "noexec", "mode=755", "size=65536k", "rprivate"], field: "m")
        #expect(options.set == [.noSUID, .readOnly, .noExec])
        #expect(options.data == ["mode=755", "size=65536k"])
        #expect(options.propagation == .recursivePrivate)
        #expect(!options.isBind)
    }

    @Test func theLastOneWins() throws {
        #expect(try MountOptions(["ro", "rw"], field: "m").set == [])
        #expect(try MountOptions(["rw", "ro"], field: "m").clear == [])
        #expect(try MountOptions(["noatime", "strictatime"], field: "m").set == [.strictAccessTime])
    }

    @Test func recursiveAttributes() throws {
        let options = try MountOptions(["rbind", "rro", "rnosuid"], field: "m")
        #expect(options.isRecursiveBind)
        #expect(options.recursiveSet == [.readOnly, .noSUID])
        #expect(options.set == [])
    }

    @Test func relatimeIsNotRecursiveLatime() throws {
        let options = try MountOptions(["relatime"], field: "m")
        #expect(options.recursiveSet == [] && options.clear == .accessTimeMask)
    }

    @Test func commasInValuesAreEscaped() throws {
        #expect(try MountOptions(["context=a,b"], field: "m").data == ["context=a\\,b"])
    }
}
