import LinuxSystem
import Testing

@testable import ContainerRuntime

/// Options of mounts, as mount(8) and the specification know them.
@Suite struct MountOptionsTests {
    @Test func attributesAndData() throws {
        let options = MountOptions(["nosuid", "ro", "noexec", "mode=755", "size=65536k", "rprivate"])
        #expect(options.set == [.noSUID, .readOnly, .noExec])
        #expect(options.data == ["mode=755", "size=65536k"])
        #expect(options.propagations == [.recursivePrivate])
        #expect(!options.isBind)
    }

    @Test func theLastOneWins() throws {
        #expect(MountOptions(["ro", "rw"]).set == [])
        #expect(MountOptions(["rw", "ro"]).clear == [])
        #expect(MountOptions(["noatime", "strictatime"]).set == [.strictAccessTime])
    }

    @Test func recursiveAttributes() throws {
        let options = MountOptions(["rbind", "rro", "rnosuid"])
        #expect(options.isRecursiveBind)
        #expect(options.recursiveSet == [.readOnly, .noSUID])
        #expect(options.set == [])
    }

    @Test func relatimeIsNotRecursiveLatime() throws {
        let options = MountOptions(["relatime"])
        #expect(options.recursiveSet == [] && options.clear == .accessTimeMask)
    }

    @Test func commasInValuesAreEscaped() throws {
        #expect(MountOptions(["context=a,b"]).data == ["context=a\\,b"])
    }
}
