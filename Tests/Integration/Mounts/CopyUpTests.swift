import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// `tmpcopyup`: a tmpfs shows what it covers, and what is written to it stays there.
@Suite struct CopyUpTests {
    private func copying(_ options: [String] = []) -> Mount {
        Mount(destination: "/d", type: "tmpfs", source: "t", options: ["tmpcopyup"] + options)
    }

    @Test func everythingIsCopied() throws {
        let bundle = try Bundle()
        try bundle.prepare(
            """
            mkdir -p rootfs/d/sub/empty; cd rootfs/d; chmod 2751 .; chown 7:8 .
            echo text >file; chmod 4755 file; chown 3:4 sub; chmod 700 sub/empty; head -c 300000 /dev/zero | tr '\\0' x >big
            ln -s /etc/passwd absolute; ln -s nowhere dangling; chown -h 5:6 dangling; mkfifo -m 640 fifo; mknod null c 1 3; touch -d @1000000000 file
            printf 'a\\nb' >'odd
            name'; : >.hidden; setfattr -n user.note -v yes file 2>/dev/null || true
            """)
        let script = """
            cd /d; stat -c '%n %F %a %u:%g' . file sub sub/empty fifo; stat -c '%n %t:%T' null; stat -c '%Y' file; stat -c '%n %u:%g' dangling
            cat file; busybox md5sum big | busybox cut -c-32; readlink absolute; readlink dangling; busybox find . | busybox wc -l; echo new >file
            """
        let shown = try bundle.inside(script, [copying()])
        let expected = """
            . directory 2751 7:8
            file regular file 4755 0:8
            sub directory 755 3:4
            sub/empty directory 700 0:0
            fifo fifo 640 0:8
            null 1:3
            1000000000
            dangling 5:6
            text
            \(try digest(bundle))
            /etc/passwd
            nowhere
            12

            """
        #expect(shown == expected)
        #expect(try readText("\(bundle.rootfs)/d/file") == "text")
    }

    private func digest(_ bundle: Bundle) throws -> String {
        let outcome = try Running(["md5sum", "\(bundle.rootfs)/d/big"], input: .empty, environment: ["PATH": "/usr/bin"]).wait()
        return String(outcome.output.prefix(32))
    }

    @Test func readOnlyModeAndUserNamespace() throws {
        let bundle = try Bundle()
        try bundle.prepare("mkdir -m 750 rootfs/d; echo text >rootfs/d/file; chown -R 100000:100000 rootfs")
        let script = "cat /d/file; touch /d/x 2>/dev/null || echo read-only; stat -c '%a %u' /d"
        #expect(try bundle.inside(script, [copying(["ro", "mode=711", "uid=9"])]) == "text\nread-only\n711 9\n")
        #expect(try bundle.inside(script, [copying(["ro"])], userNamespace: true) == "text\nread-only\n750 0\n")
        #expect(
            try bundle.inside("ls /d; stat -c %a /d", [Mount(destination: "/d/none", type: "tmpfs", source: "t", options: ["tmpcopyup"])])
                == "file\nnone\n750\n")
    }

    @Test func boundsAreKept() throws {
        let bundle = try Bundle()
        try bundle.prepare("mkdir rootfs/d; head -c 200000 /dev/zero >rootfs/d/big")
        #expect(bundle.refusal([copying(["size=64k"])]).hasSuffix(": no space left on device (ENOSPC)"))
        try bundle.prepare("rm rootfs/d/big; cd rootfs/d; i=0; while [ $i -lt 220 ]; do mkdir d; cd d; i=$((i + 1)); done")
        #expect(bundle.refusal([copying()]).hasSuffix(": file name too long (ENAMETOOLONG)"))
    }

    /// Links of the image are copied as links, and mounts below are left out.
    @Test func nothingElseIsRead() throws {
        let bundle = try Bundle()
        try bundle.prepare("mkdir -p rootfs/d/other secret; echo secret >secret/s; ln -s ../../secret rootfs/d/out; ln -s /proc/1/root rootfs/d/magic")
        let other = Mount(destination: "/d/other", type: "bind", source: "\(bundle.directory)/secret", options: ["bind"])
        #expect(
            try bundle.inside("ls /d /d/other; readlink /d/out; readlink /d/magic", [other, copying()])
                == "/d:\nmagic\nother\nout\n\n/d/other:\n../../secret\n/proc/1/root\n")
    }
}
