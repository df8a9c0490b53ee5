import Glibc
import LinuxSystem
import Testing

/// Archives that try to write outside their layer: nothing of the host changes, whatever the answer is.
@Suite struct HostileArchiveTests {
    /// Members by Python's tarfile, which writes any name: (name, type, link target).
    private static let hostile: [(String, String)] = [
        ("parent directories", "add('../../../../../../..{v}/x')"),
        ("an absolute name", "add('{v}/x')"),
        ("a link, then a file below it", "link('out', '{v}'); add('out/x')"),
        ("a link by parents, then a file below it", "link('out', '../../../../../../../..{v}'); add('out/x')"),
        ("a link, then a file in its place", "link('x', '{v}/keep'); add('x')"),
        ("a hard link out", "hard('x', '{v}/keep'); add('x')"),
        ("a hard link by parents", "hard('x', '../../../../../../../..{v}/keep'); add('x')"),
        ("a hard link through a link", "link('out', '{v}'); hard('x', 'out/keep'); add('x')"),
        ("a whiteout of parents", "add('../../../../../../..{v}/.wh.keep')"),
        ("a whiteout through a link", "link('out', '{v}'); add('out/.wh.keep'); add('out/.wh..wh..opq')"),
        ("a whiteout of nothing", "add('.wh.'); add('.wh..'); add('.wh...')"),
        ("a directory in a link's place", "link('out', '{v}'); directory('out'); add('out/x')"),
    ]

    @Test func nothingOutsideTheLayerIsWritten() throws {
        try Apus.with(image: false) { apus throws in
            let victim = "\(apus.scratch)/files/victim"
            try apus.file("victim/keep", "kept")
            for (name, members) in Self.hostile {
                let archive = "\(apus.scratch)/files/hostile.tar"
                let script = """
                    import tarfile, io
                    t = tarfile.open('\(archive)', 'w')
                    def add(n):
                        i = tarfile.TarInfo(n); i.size = 4; t.addfile(i, io.BytesIO(b'evil'))
                    def link(n, to, kind=tarfile.SYMTYPE):
                        i = tarfile.TarInfo(n); i.type = kind; i.linkname = to; t.addfile(i)
                    def hard(n, to): link(n, to, tarfile.LNKTYPE)
                    def directory(n): link(n, '', tarfile.DIRTYPE)
                    i = tarfile.TarInfo('bin/busybox'); b = open('/bin/busybox', 'rb').read(); i.size = len(b); i.mode = 0o755
                    t.addfile(i, io.BytesIO(b))
                    \(members.replacing("{v}", with: victim))
                    t.close()
                    """
                try apus.host("python3", "-c", script)
                let outcome = try apus.run("run", "--rm", archive, "/bin/busybox", "true")
                #expect(outcome.code == 0 || outcome.code == 125, "\(name): \(outcome)")
                #expect(outcome.code == 0 || outcome.errorOutput.split(separator: "\n").count == 1, "\(name): \(outcome)")
                #expect(try listDirectory(victim) == ["keep"] && readText("\(victim)/keep") == "kept", "\(name)")
            }
        }
    }

    /// What is refused on a load: one line, and a store as before.
    @Test func nothingIsLeftOfWhatIsRefused() throws {
        try Apus.with(image: false) { apus throws in
            let files = "\(apus.scratch)/files"
            // The first load makes the store's directories.
            try apus.host("sh", "-c", ": > \(files)/a.tar")
            #expect(try apus.run("load", "-q", "-i", "\(files)/a.tar").code == 1)
            func state() throws -> String { try apus.host("sh", "-c", "cd \(apus.root) && find . | sort") }
            let before = try state()
            func refuses(_ name: String, _ script: String, _ command: [String] = []) throws {
                try apus.host("sh", "-c", "rm -rf a.tar t; \(script)")
                let load = [Apus.program, "--root", apus.root, "load", "-q", "-i", "\(files)/a.tar"]
                let outcome = try Running(command + load, input: .empty, environment: ["PATH": "/usr/bin:/bin"]).wait(timeout: 60)
                #expect(outcome.code == 1 || outcome.code == 125, "\(name): \(outcome)")
                #expect(outcome.output.isEmpty && outcome.errorOutput.split(separator: "\n").count == 1, "\(name): \(outcome)")
                #expect(try state() == before, "\(name)")
            }
            try refuses("nothing", ": > a.tar")
            try refuses("zeros", "head -c 100000 /dev/zero > a.tar; printf x >> a.tar")
            try refuses("no tar", "cp /bin/busybox a.tar")
            try refuses("a name of 10,000 bytes", "python3 -c \"import tarfile; t = tarfile.open('a.tar', 'w'); t.addfile(tarfile.TarInfo('n' * 10000))\"")
            try refuses(
                "4 GB of zeros as manifest.json",
                "python3 -c \"import tarfile; i = tarfile.TarInfo('manifest.json'); i.size = 4 << 30; open('a.tar', 'wb').write(i.tobuf())\"; truncate -s 4294968832 a.tar"
            )
            try refuses(
                "the same, compressed",
                "python3 -c \"import tarfile; i = tarfile.TarInfo('manifest.json'); i.size = 64 << 20; open('t', 'wb').write(i.tobuf())\"; truncate -s 67110400 t; gzip -1 < t > a.tar"
            )
            try refuses("half a gzip", "tar -C /bin -cz busybox | head -c 100000 > a.tar")
            // Root of a user namespace may make no devices.
            try refuses("a device in a user namespace", "mkdir t; mknod t/null c 1 3; tar -C t -cf a.tar .", ["unshare", "--user", "--map-root-user"])
        }
    }
}
