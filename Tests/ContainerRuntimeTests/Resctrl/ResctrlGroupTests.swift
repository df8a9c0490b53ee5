import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// Groups of the resctrl file system, in a directory that is filled as the kernel fills it.
@Suite struct ResctrlGroupTests {
    /// The directory, and a kernel that makes the files of every new group.
    private final class FakeKernel {
        let root: String
        var directories = ResctrlDirectories()

        init(monitors: Bool = true) throws {
            var template = Array("/tmp/apus-resctrl-XXXXXX".utf8CString)
            guard unsafe mkdtemp(&template) != nil else { throw ApusError(errno: errno, "cannot make a scratch directory") }
            root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try FakeKernel.fill(root, monitors: monitors)
            try makeDirectories("\(root)/info")
            try replaceFile("\(root)/info/last_cmd_status", with: Array("ok\n".utf8))
            directories.make = { path throws(ApusError) in
                try makeDirectories(path)
                try FakeKernel.fill(path, monitors: monitors && !path.contains("/mon_groups/"))
            }
            directories.remove = { path throws(ApusError) in try removeTree(path) }
        }

        deinit { try? removeTree(root) }

        private static func fill(_ path: String, monitors: Bool) throws(ApusError) {
            try replaceFile("\(path)/tasks", with: [])
            try replaceFile("\(path)/schemata", with: Array("    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n".utf8))
            if monitors { try makeDirectories("\(path)/mon_groups") }
        }

        func create(_ settings: LinuxIntelRdt) throws -> ResctrlGroup {
            try ResctrlGroup.create(settings, containerID: "c1", root: root, kernel: directories)
        }

        func text(_ path: String) throws -> String { try readText("\(root)/\(path)") }
    }

    @Test func ownGroup() throws {
        let kernel = try FakeKernel()
        let group = try kernel.create(LinuxIntelRdt(l3CacheSchema: "L3:0=f;1=f\nMB:0=50", memBwSchema: "MB:0=20;1=70"))
        #expect(group.path == "\(kernel.root)/c1" && group.isOwn && group.monitorPath == nil)
        #expect(try kernel.text("c1/schemata") == "L3:0=f;1=f\nMB:0=20;1=70", "bandwidth is memBwSchema's where both have it")
        try group.add(42)
        #expect(try kernel.text("c1/tasks") == "42" && kernel.text("tasks").isEmpty)
        try group.remove(kernel: kernel.directories)
        #expect(!fileExists(group.path))
        try group.remove(kernel: kernel.directories)  // twice is fine
    }

    @Test func updateWritesAnewAndMakesWhatIsMissing() throws {
        let kernel = try FakeKernel()
        func update(_ settings: LinuxIntelRdt) throws -> ResctrlGroup {
            try ResctrlGroup.update(settings, containerID: "c1", root: kernel.root, kernel: kernel.directories)
        }
        #expect(try update(LinuxIntelRdt(l3CacheSchema: "L3:0=f")).path == "\(kernel.root)/c1")
        #expect(try kernel.text("c1/schemata") == "L3:0=f")
        _ = try update(LinuxIntelRdt(l3CacheSchema: "L3:0=3", memBwSchema: "MB:0=20"))
        #expect(try kernel.text("c1/schemata") == "L3:0=3\nMB:0=20")
        try kernel.directories.make("\(kernel.root)/gold")
        _ = try update(LinuxIntelRdt(closID: "gold", memBwSchema: "MB:0=30"))
        #expect(try kernel.text("gold/schemata") == "MB:0=30")
    }

    @Test func schemataComeLast() throws {
        let kernel = try FakeKernel()
        _ = try kernel.create(LinuxIntelRdt(schemata: ["L3:0=1", "L2:0=3"], l3CacheSchema: "L3:0=f"))
        #expect(try kernel.text("c1/schemata") == "L3:0=1\nL2:0=3")
    }

    @Test func withoutValuesNothingIsWritten() throws {
        let kernel = try FakeKernel()
        _ = try kernel.create(LinuxIntelRdt())
        #expect(try kernel.text("c1/schemata") == "    L3:0=7ff;1=7ff\n    MB:0=100;1=100")
    }

    @Test func aClassOfTheAdministratorMustBeThereAndStays() throws {
        let kernel = try FakeKernel()
        #expect(
            throws: ApusError(
                .notFound, "cannot use linux.intelRdt.closID: there is no class of service gold", hint: "it must be there before, or have schemata here")
        ) { try kernel.create(LinuxIntelRdt(closID: "gold")) }
        try kernel.directories.make("\(kernel.root)/gold")
        let group = try kernel.create(LinuxIntelRdt(closID: "gold"))
        try group.add(7)
        #expect(try kernel.text("gold/tasks") == "7" && !group.isOwn)
        try group.remove(kernel: kernel.directories)
        #expect(fileExists("\(kernel.root)/gold"))
    }

    @Test func aClassThatIsThereMustHaveTheValues() throws {
        let kernel = try FakeKernel()
        _ = try kernel.create(LinuxIntelRdt(closID: "gold", l3CacheSchema: "L3:0=7f;1=1"))
        _ = try kernel.create(LinuxIntelRdt(closID: "gold", l3CacheSchema: "L3:0=07F"))
        #expect(throws: ApusError.self) { try kernel.create(LinuxIntelRdt(closID: "gold", l3CacheSchema: "L3:0=7f;1=3")) }
        #expect(try kernel.text("gold/schemata") == "L3:0=7f;1=1")
    }

    @Test func monitoring() throws {
        let kernel = try FakeKernel()
        let group = try kernel.create(LinuxIntelRdt(closID: "/", enableMonitoring: true))
        #expect(group.path == kernel.root && group.monitorPath == "\(kernel.root)/mon_groups/c1")
        try group.add(9)
        #expect(try kernel.text("mon_groups/c1/tasks") == "9" && kernel.text("tasks") == "9")
        try group.remove(kernel: kernel.directories)
        #expect(!fileExists("\(kernel.root)/mon_groups/c1") && fileExists("\(kernel.root)/tasks"))
    }

    @Test func aFailureLeavesNothing() throws {
        let kernel = try FakeKernel(monitors: false)
        #expect(throws: ApusError.self) { try kernel.create(LinuxIntelRdt(schemata: ["L3:0=1"], enableMonitoring: true)) }
        #expect(!fileExists("\(kernel.root)/c1"))
    }

    @Test func theKernelsWordsAreTold() throws {
        let kernel = try FakeKernel()
        try replaceFile("\(kernel.root)/info/last_cmd_status", with: Array("Out of CLOSIDs\n".utf8))
        kernel.directories.make = { path throws(ApusError) in throw ApusError(errno: ENOSPC, "cannot make \(path)") }
        let error = #expect(throws: ApusError.self) { try kernel.create(LinuxIntelRdt()) }
        #expect(
            error?.description
                == "cannot make class of service \(kernel.root)/c1: no space left on device (ENOSPC); the kernel says: Out of CLOSIDs")
    }

    @Test(arguments: ["..", "a/b", "info", "mon_groups", "."]) func namesThatAreNone(_ name: String) throws {
        let kernel = try FakeKernel()
        #expect(throws: ApusError(.invalidArgument, "linux.intelRdt.closID: \"\(name)\" is no name of a class of service")) {
            try kernel.create(LinuxIntelRdt(closID: name))
        }
    }

    @Test func removingWhereNothingCanHaveBeenMade() throws {
        try ResctrlGroup.remove(LinuxIntelRdt(closID: "../x"), containerID: "c1", root: "/nowhere")
        try ResctrlGroup.remove(LinuxIntelRdt(), containerID: "c1", root: "/nowhere")
    }

    @Test func mountPoint() {
        let line = "36 35 0:31 / /sys/fs/resctrl rw,relatime shared:17 - resctrl resctrl rw\n"
        #expect(ResctrlGroup.mountPoint(in: "22 1 8:1 / / rw - ext4 /dev/sda rw\n" + line) == "/sys/fs/resctrl")
        #expect(ResctrlGroup.mountPoint(in: "22 1 8:1 / /resctrl rw - ext4 /dev/sda rw\n") == nil)
    }
}
