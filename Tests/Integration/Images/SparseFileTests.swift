import LinuxSystem
import Testing

/// A file of 100 GB with a little data in it takes moments and little room on every way that it can go.
@Suite struct SparseFileTests {
    private static let look = "stat -c %s /big; dd if=/big bs=4 skip=12800M count=1 2>/dev/null"
    private static let want = "107374182400\ndata"

    /// What is on disk of something, in KiB.
    private func room(_ apus: Apus, _ path: String) throws -> Int { Int(try apus.host("sh", "-c", "du -k '\(path)' | tail -n 1 | cut -f 1")) ?? .max }

    @Test func holesStayHoles() throws {
        try Apus.with { apus in
            let files = "\(apus.scratch)/files"
            try apus.output(
                "run", "--name", "box", "busybox", "sh", "-c", "truncate -s 100G /big; printf data | dd of=/big bs=4 seek=12800M conv=notrunc 2>&1 | true")
            try apus.output("commit", "box", "big:1")
            #expect(try apus.output("run", "--rm", "big:1", "sh", "-c", Self.look) == Self.want)

            // Saved twice it is the same; another store has the same image of it.
            let id = try apus.output("images", "-q", "--no-trunc", "big:1")
            try apus.output("save", "-o", "\(files)/big.tar", "big:1")
            try apus.host("sh", "-c", "APUS_ROOT=\(apus.root) \(Apus.program) save big:1 | cmp - big.tar")
            let other = "\(apus.scratch)/other"
            try apus.output("--root", other, "load", "-q", "-i", "\(files)/big.tar")
            #expect(try apus.output("--root", other, "images", "-q", "--no-trunc") == id)

            // Packed on its own, with a compression too.
            try apus.host(
                "sh", "-c",
                "mkdir root && truncate -s 100G root/big && printf data | dd of=root/big bs=4 seek=12800M conv=notrunc status=none && cp /bin/busybox root/")
            for sparse in ["--format=gnu", "--format=oldgnu", "--format=posix --sparse-version=0.1", "--format=posix --sparse-version=1.0 -z"] {
                try apus.host("sh", "-c", "tar --sparse \(sparse) -C root -cf root.tar .")
                #expect(
                    try apus.output(
                        "run", "--rm", "\(files)/root.tar", "/busybox", "sh", "-c",
                        Self.look.replacing("stat", with: "/busybox stat").replacing("dd", with: "/busybox dd")) == Self.want, "\(sparse)")
            }

            // Copied out, in, and as a tar.
            try apus.output("cp", "box:/big", "\(files)/out")
            #expect(try apus.host("sh", "-c", "stat -c %s out; dd if=out bs=4 skip=12800M count=1 status=none") == Self.want)
            try apus.output("cp", "\(files)/out", "box:/big2")
            try apus.host("sh", "-c", "APUS_ROOT=\(apus.root) \(Apus.program) cp box:/big2 - | tar -xOf - | head -c 1 | od -An -c")
            try apus.output("export", "-o", "\(files)/flat.tar", "box")
            try apus.host("sh", "-c", "mkdir flat && tar -C flat -xf flat.tar big big2 && cmp --bytes=1000000 flat/big root/big")
            #expect(try room(apus, apus.scratch) < 100_000, "room is taken")
        }
    }

    /// Tools that read what `commit` and `save` wrote.
    @Test func othersReadIt() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "busybox", "sh", "-c", "truncate -s 60M /big; echo data >> /big")
            try apus.output("commit", "box", "big:1")
            try apus.output("save", "--format", "oci", "-o", "\(apus.scratch)/files/o.tar", "big:1")
            try apus.host(
                "sh", "-c", "mkdir layout && tar -xf o.tar -C layout && umoci unpack --image layout:1 bundle && tail -n 1 bundle/rootfs/big | grep -x data")
            #expect(try apus.host("stat", "-c", "%s", "bundle/rootfs/big") == "62914565")
            #expect(try room(apus, "\(apus.scratch)/root/images/blobs") < 10_000)
        }
    }
}
