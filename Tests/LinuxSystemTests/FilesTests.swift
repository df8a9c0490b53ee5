import Glibc
import LinuxSystem
import Testing

/// Files, directories, locks and errors.
@Suite struct FilesTests {
    /// A directory of its own for each test.
    private func withScratch(_ body: (String) throws -> Void) throws {
        let path = "/tmp/apus-files-\(UInt64.random(in: 0 ... .max))"
        try makeDirectories(path)
        defer { try? removeTree(path) }
        try body(path)
    }

    @Test func replaceIsWholeAndLeavesNothing() throws {
        try withScratch { scratch in
            try replaceFile("\(scratch)/a", with: [1, 2, 3], durability: .synced)
            try replaceFile("\(scratch)/a", with: [4])
            #expect(try readFile("\(scratch)/a") == [4])
            try replaceFile("\(scratch)/a", with: [5], durability: .volatile)
            #expect(try readFile("\(scratch)/a") == [5])
            try replaceFile("\(scratch)/b", with: [6], durability: .volatile)
            #expect(try readFile("\(scratch)/b") == [6])
            try removeTree("\(scratch)/b")
            #expect(try listDirectory(scratch) == ["a"])
            let error = #expect(throws: ApusError.self) { try replaceFile("\(scratch)/nothere/a", with: []) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func readLimit() throws {
        try withScratch { scratch in
            try replaceFile("\(scratch)/a", with: [UInt8](repeating: 0, count: 100))
            #expect(throws: ApusError(.malformed, "cannot read \(scratch)/a: it is longer than 99 bytes")) { try readFile("\(scratch)/a", limit: 99) }
        }
    }

    @Test func removeTreeFollowsNoLink() throws {
        try withScratch { scratch in
            try makeDirectories("\(scratch)/kept")
            try replaceFile("\(scratch)/kept/file", with: [1])
            try makeDirectories("\(scratch)/gone/deep/er")
            #expect(unsafe symlink("../kept", "\(scratch)/gone/link") == 0)
            try removeTree("\(scratch)/gone")
            try removeTree("\(scratch)/gone")
            #expect(try listDirectory(scratch) == ["kept"])
            #expect(fileExists("\(scratch)/kept/file"))
        }
    }

    @Test func rootedPathsStayInside() throws {
        try withScratch { scratch in
            try makeDirectories("\(scratch)/root/etc")
            try replaceFile("\(scratch)/secret", with: [1])
            try replaceFile("\(scratch)/root/etc/file", with: [2])
            #expect(unsafe symlink("/etc/file", "\(scratch)/root/absolute") == 0)
            #expect(unsafe symlink("../secret", "\(scratch)/root/outside") == 0)
            let root = try openDirectory("\(scratch)/root")
            #expect(try readAll(openInRoot(root, "absolute", O_RDONLY), name: "absolute") == [2])
            #expect(throws: ApusError.self) { _ = try openInRoot(root, "outside", O_RDONLY) }
            #expect(throws: ApusError.self) { _ = try openInRoot(root, "../secret", O_RDONLY) }
        }
    }

    @Test func lockTravelsWithItsDescriptor() throws {
        try withScratch { scratch in
            let path = "\(scratch)/lock"
            #expect(try !FileLock.isHeld(path))
            do {
                guard let lock = try FileLock.take(path) else {
                    Issue.record("the lock is free")
                    return
                }
                let second = try lock.duplicate()
                #expect(try FileLock.isHeld(path))
                let isTaken = try FileLock.take(path) == nil
                #expect(isTaken)
                _ = consume second
                #expect(try FileLock.isHeld(path))
            }
            #expect(try !FileLock.isHeld(path))
        }
    }

    @Test func errorsAreSentences() {
        let error = #expect(throws: ApusError.self) { try readFile("/nothere") }
        #expect(error?.description == "cannot open /nothere: no such file or directory (ENOENT)")
        #expect(describe(errno: 12345) == "errno 12345")
        #expect(ApusError(.conflict, "a", hint: "do b").description == "a; do b")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000000Z"), (951_782_400, "2000-02-29T00:00:00.000000000Z"), (1_795_000_000, "2026-11-18T11:06:40.000000000Z"),
        (4_102_444_799, "2099-12-31T23:59:59.000000000Z"), (-1, "1969-12-31T23:59:59.000000000Z"),
    ])
    func timestamps(_ seconds: Int, _ text: String) {
        #expect(Timestamp(seconds: seconds).description == text)
    }
}
