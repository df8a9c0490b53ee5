import CShim
import Glibc
import LinuxSystem
import Testing

@Suite struct CopyTreeTests {
    /// A directory of the test's own with `from` and an empty `to`.
    private func withTree(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/apus-copy-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories("\(directory)/from")
        try makeDirectories("\(directory)/to")
        defer { try? removeTree(directory) }
        try body(directory)
    }

    private func copy(_ directory: String) throws {
        try copyTree(try openDirectory("\(directory)/from"), into: try openDirectory("\(directory)/to"), name: "/data")
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try systemCall("stat \(path)") { unsafe lstat(path, &status) }
        return status
    }

    @Test func keepsContentModesAndTimes() throws {
        try withTree { directory in
            try makeDirectories("\(directory)/from/a/b", mode: 0o755)
            try replaceFile("\(directory)/from/a/b/file", with: Array("text".utf8), mode: 0o640)
            try systemCall("chmod") { unsafe chmod("\(directory)/from/a/b/file", 0o4751) }
            try systemCall("chmod") { unsafe chmod("\(directory)/from/a", 0o1770) }
            for path in ["a/b/file", "a/b", "a", "."] {
                let times = [timespec(tv_sec: 1000, tv_nsec: 5), timespec(tv_sec: 2000, tv_nsec: 7)]
                try systemCall("utimensat") { unsafe utimensat(AT_FDCWD, "\(directory)/from/\(path)", times, 0) }
            }
            try copy(directory)
            #expect(try readText("\(directory)/to/a/b/file") == "text")
            #expect(try status("\(directory)/to/a/b/file").st_mode & 0o7777 == 0o4751)
            #expect(try status("\(directory)/to/a").st_mode & 0o7777 == 0o1770)
            for path in ["a/b/file", "a/b", "a", "."] {
                let copied = try status("\(directory)/to/\(path)")
                #expect(copied.st_mtim.tv_sec == 2000 && copied.st_mtim.tv_nsec == 7, "\(path)")
            }
        }
    }

    @Test func followsNoLink() throws {
        try withTree { directory in
            try makeDirectories("\(directory)/outside")
            try replaceFile("\(directory)/outside/secret", with: [1])
            try systemCall("symlink") { unsafe symlink("../outside", "\(directory)/from/link") }
            try systemCall("symlink") { unsafe symlink("/nowhere", "\(directory)/from/dangling") }
            try copy(directory)
            #expect(try readLink("\(directory)/to/link") == "../outside")
            #expect(try readLink("\(directory)/to/dangling") == "/nowhere")
        }
    }

    @Test func keepsHardLinksHolesAndPipes() throws {
        try withTree { directory in
            try makeDirectories("\(directory)/from/below")
            try replaceFile("\(directory)/from/one", with: Array("x".utf8))
            try systemCall("link") { unsafe link("\(directory)/from/one", "\(directory)/from/below/two") }
            try systemCall("mkfifo") { unsafe mkfifo("\(directory)/from/pipe", 0o620) }
            let sparse = try openFile("\(directory)/from/sparse", O_RDWR | O_CREAT)
            try writeAll(sparse.raw, [1, 2, 3], name: "sparse")
            try systemCall("lseek") { [raw = sparse.raw] in lseek(raw, 8 << 20, SEEK_SET) }
            try writeAll(sparse.raw, [4], name: "sparse")
            try systemCall("ftruncate") { [raw = sparse.raw] in ftruncate(raw, 16 << 20) }
            try copy(directory)
            #expect(try status("\(directory)/to/one").st_ino == status("\(directory)/to/below/two").st_ino)
            #expect(try status("\(directory)/to/pipe").st_mode == status("\(directory)/from/pipe").st_mode)
            let copied = try status("\(directory)/to/sparse")
            #expect(copied.st_size == 16 << 20)
            #expect(copied.st_blocks * 512 <= (try status("\(directory)/from/sparse")).st_blocks * 512 + 65536)
            #expect(try readFile("\(directory)/to/sparse") == readFile("\(directory)/from/sparse"))
        }
    }

    @Test func keepsNamesThatAreNoText() throws {
        try withTree { directory in
            let name: [CChar] = [-1, 0x41, -128, 0]
            let source = try openDirectory("\(directory)/from")
            try systemCall("mkdirat") { [raw = source.raw] in unsafe mkdirat(raw, name, 0o700) }
            try copy(directory)
            #expect(try rawDirectoryEntries(openDirectory("\(directory)/to"), name: "to") == [[0xff, 0x41, 0x80, 0]])
        }
    }

    @Test func namesWhatCannotBeCopied() throws {
        try withTree { directory in
            try replaceFile("\(directory)/from/file", with: [])
            try replaceFile("\(directory)/to/file", with: [])
            let error = #expect(throws: ApusError.self) { try copy(directory) }
            #expect(error?.description == "cannot open /data/file: file exists (EEXIST)")
        }
    }

    @Test func countsAFileWithTwoNamesOnce() throws {
        try withTree { directory in
            try replaceFile("\(directory)/from/one", with: [UInt8](repeating: 1, count: 100_000))
            let alone = diskUsage(of: "\(directory)/from")
            try systemCall("link") { unsafe link("\(directory)/from/one", "\(directory)/from/two") }
            #expect(alone >= 100_000 && diskUsage(of: "\(directory)/from") == alone)
            #expect(diskUsage(of: "\(directory)/none") == 0)
        }
    }
}

/// Copies that become a layer of an overlay.
@Suite struct LayerCopyTests {
    private func withTree(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/apus-layer-copy-\(getpid())-\(UInt32.random(in: .min ... .max))"
        for name in ["from", "to"] { try makeDirectories("\(directory)/\(name)") }
        defer { try? removeTree(directory) }
        try body(directory)
    }

    private func copy(_ directory: String, _ attributes: CopiedAttributes, check: @escaping () throws(ApusError) -> Void = {}) throws {
        let options = TreeCopyOptions(attributes: attributes, check: check)
        try copyTree(try openDirectory("\(directory)/from"), into: try openDirectory("\(directory)/to"), name: "/data", options)
    }

    private func set(_ name: String, of path: String) throws {
        let file = try openFile(path, openPathOnly | O_NOFOLLOW)
        let value: [UInt8] = [121]
        try systemCall("setxattr \(name) \(path)") { [raw = file.raw] in
            unsafe value.withUnsafeBytes { unsafe apus_setxattr("/proc/self/fd/\(raw)", name, $0.baseAddress, 1) }
        }
    }

    private func attributes(_ path: String) throws -> [String] {
        let file = try openFile(path, openPathOnly | O_NOFOLLOW)
        var names = [UInt8](repeating: 0, count: 65536)
        let length = unsafe names.withUnsafeMutableBytes {
            unsafe apus_listxattr("/proc/self/fd/\(file.raw)", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return names[..<max(0, length)].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("security.selinux") }.sorted()
    }

    private static let marks = ["opaque", "origin", "impure", "redirect", "nlink", "uuid", "overlay.opaque"].map { "trusted.overlay.\($0)" }

    @Test(arguments: [
        (CopiedAttributes.ofLayer, ["trusted.overlay.opaque", "trusted.overlay.overlay.opaque", "trusted.overlay.redirect", "trusted.x", "user.x"]),
        (.seenInside, ["trusted.overlay.overlay.opaque", "trusted.x", "user.x"]), (.ofFiles, ["user.x"]),
    ]) func marksThatLayersHave(_ choice: CopiedAttributes, _ kept: [String]) throws {
        try withTree { directory in
            try makeDirectories("\(directory)/from/a")
            for path in ["from", "from/a"] { for name in Self.marks + ["trusted.x", "user.x"] { try set(name, of: "\(directory)/\(path)") } }
            try copy(directory, choice)
            for path in ["to", "to/a"] { #expect(try attributes("\(directory)/\(path)") == kept) }
        }
    }

    @Test func whatIsDeletedStaysSo() throws {
        try withTree { directory in
            try systemCall("mknod") { unsafe apus_mknodat(AT_FDCWD, "\(directory)/from/one", S_IFCHR, 0, 0) }
            try systemCall("link") { unsafe link("\(directory)/from/one", "\(directory)/from/two") }
            try systemCall("symlink") { unsafe symlink("nowhere", "\(directory)/from/link") }
            try systemCall("link") { unsafe linkat(AT_FDCWD, "\(directory)/from/link", AT_FDCWD, "\(directory)/from/same", 0) }
            for path in ["one", "link"] { try set("trusted.x", of: "\(directory)/from/\(path)") }
            try copy(directory, .ofLayer)
            var (one, two, soft, same) = (stat(), stat(), stat(), stat())
            try systemCall("lstat") { unsafe lstat("\(directory)/to/one", &one) | lstat("\(directory)/to/two", &two) }
            try systemCall("lstat") { unsafe lstat("\(directory)/to/link", &soft) | lstat("\(directory)/to/same", &same) }
            #expect(one.st_mode == S_IFCHR && one.st_rdev == 0 && one.st_ino == two.st_ino && soft.st_ino == same.st_ino)
            for path in ["two", "same"] { #expect(try attributes("\(directory)/to/\(path)") == ["trusted.x"]) }
        }
    }

    @Test func readingLeavesNoTrace() throws {
        try withTree { directory in
            try replaceFile("\(directory)/from/file", with: [1, 2, 3])
            let times = [timespec(tv_sec: 1000, tv_nsec: 5), timespec(tv_sec: 2_000_000_000, tv_nsec: 7)]
            try systemCall("utimensat") { unsafe utimensat(AT_FDCWD, "\(directory)/from/file", times, 0) }
            try copy(directory, .ofLayer)
            for path in ["from", "to"] {
                var status = stat()
                try systemCall("stat") { unsafe stat("\(directory)/\(path)/file", &status) }
                #expect(status.st_atim.tv_sec == 1000 && status.st_mtim.tv_nsec == 7, "\(path)")
            }
        }
    }

    @Test func aCheckEndsIt() throws {
        try withTree { directory in
            try replaceFile("\(directory)/from/file", with: [1])
            let error = #expect(throws: ApusError.self) {
                try copy(directory, .ofLayer) { () throws(ApusError) in throw ApusError(.conflict, "enough") }
            }
            #expect(error?.message == "enough")
            #expect(try listDirectory("\(directory)/to") == [])
        }
    }
}
