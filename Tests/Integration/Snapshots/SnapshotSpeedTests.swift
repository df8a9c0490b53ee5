import Engine
import Glibc
import LinuxSystem
import Testing

/// Snapshots of stopped containers, restores and clones take as long for much as for little: nothing is copied.
@Suite(.requires(.ownProcessors)) struct SnapshotSpeedTests {
    @Test func nothingIsCopied() throws {
        try Apus.with { apus throws in
            try apus.output(
                "run", "--name", "box", "busybox", "sh", "-c",
                "dd if=/dev/urandom of=/big bs=1M count=100 2>/dev/null; mkdir -p /d; echo x > /d/y")
            let id = try readLink("\(apus.paths.names)/box")
            let before = try inode("\(apus.paths.container(id))/upper/big")
            let usage = diskUsage(of: apus.root)
            let snapshot = try apus.output("snapshot", "create", "box", "one")
            #expect(try inode("\(apus.paths.snapshot(snapshot))/fs/big") == before)
            for number in 0..<5 { try apus.output("clone", "box:one", "clone\(number)") }
            try apus.output("clone", "box", "other")
            for _ in 0..<3 { try apus.output("snapshot", "restore", "box", "one") }
            #expect(diskUsage(of: apus.root) - usage < 1 << 20)
            #expect(try apus.output("start", "-a", "clone1").isEmpty)
            #expect(try listDirectory(apus.paths.snapshots) == [snapshot], "a container that was not started since needs no snapshot to be cloned")
        }
    }

    private func inode(_ path: String) throws -> UInt {
        var status = stat()
        try systemCall("stat \(path)") { unsafe stat(path, &status) }
        return UInt(status.st_ino)
    }
}
