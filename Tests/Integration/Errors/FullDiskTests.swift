import Glibc
import LinuxSystem
import Testing

/// A disk without room: a clear line, nothing left, and running containers that know how they ended.
@Suite struct FullDiskTests {
    /// Runs `body` with an instance on a file system of this size, which is filled by `fill`.
    private func withSmallDisk(_ size: String, _ body: (Apus, _ fill: () throws -> Void) throws -> Void) throws {
        try Apus.with(image: false) { apus throws in
            try apus.host("mount", "-t", "tmpfs", "-o", "size=\(size)", "small", apus.root)
            defer {
                apus.removeContainers()
                #expect(throws: Never.self) { try apus.host("umount", apus.root) }
            }
            try body(apus) {
                _ = try? apus.host("dd", "if=/dev/zero", "of=\(apus.root)/filler", "bs=64k")
                _ = try? apus.host("dd", "if=/dev/zero", "of=\(apus.root)/filler2", "bs=512")
            }
        }
    }

    @Test func loading() throws {
        try withSmallDisk("1m") { apus, _ throws in
            let outcome = try apus.run("load", "-i", BusyboxImage.archive)
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            #expect(outcome.errorOutput.hasPrefix("apus: cannot load \(BusyboxImage.archive): "), "\(outcome)")
            #expect(outcome.errorOutput.hasSuffix("no space left on device (ENOSPC)\n") && outcome.errorOutput.split(separator: "\n").count == 1, "\(outcome)")
            #expect(try listDirectory("\(apus.root)/images/blobs/sha256").isEmpty)
            #expect(try listDirectory("\(apus.root)/tmp").isEmpty)
        }
    }

    @Test func starting() throws {
        try withSmallDisk("12m") { apus, fill throws in
            try apus.output("load", "-q", "-i", BusyboxImage.archive)
            try apus.output("run", "--rm", "busybox", "true")
            try fill()
            let outcome = try apus.run("run", "--rm", "busybox", "true")
            #expect(outcome.code == 125 && outcome.output.isEmpty)
            #expect(outcome.errorOutput.hasPrefix("apus: cannot ") && outcome.errorOutput.hasSuffix("no space left on device (ENOSPC)\n"), "\(outcome)")
            #expect(try listDirectory("\(apus.root)/containers").isEmpty)
        }
    }

    @Test func running() throws {
        try withSmallDisk("12m") { apus, fill throws in
            try apus.output("load", "-q", "-i", BusyboxImage.archive)
            let script = "echo ready; read go; cat /bin/busybox >/x; for i in $(seq 200); do echo line $i; done; exit 9"
            let running = try apus.start("run", "-i", "--name", "box", "busybox", "sh", "-c", script, input: .pipe)
            #expect(eventually { running.output == "ready\n" })
            try fill()
            try running.write("go\n")
            let outcome = try running.wait()
            #expect(outcome.output == "ready\n" + (1...200).map { "line \($0)\n" }.joined() && outcome.code == 9, "\(outcome)")
            #expect(outcome.errorOutput.contains("No space left on device"))
            let exit = try apus.exitRecord(readLink("\(apus.root)/names/box"))
            #expect(exit.contains("\"exitCode\":9,"), "\(exit)")
        }
    }
}
