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

    /// Every word of config.md's table and of runc is known: none of them goes to the file system by accident.
    @Test func noWordOfTheTableIsData() {
        let words = """
            async atime bind defaults dev diratime dirsync exec idmap iversion lazytime loud mand noatime nodev nodiratime noexec noiversion nolazytime
            nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec ridmap rnoatime rnodiratime
            rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow rnodev ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow
            runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable acl noacl
            """
        #expect(MountOptions(words.split { " \n".contains($0) }.map(String.init)).data == [])
        #expect(MountOptions(["rdefaults", "size=1"]).data == ["rdefaults", "size=1"])
    }
}
