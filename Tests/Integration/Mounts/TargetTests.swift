import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// Where a mount lands, and what is made for it.
@Suite struct TargetTests {
    private func tmpfs(_ destination: String) -> Mount { Mount(destination: destination, type: "tmpfs", source: "t", options: ["mode=755"]) }

    @Test func placesThatAreMissingOrLinked() throws {
        let bundle = try Bundle()
        try bundle.prepare(
            """
            cd rootfs; ln -s /run/late var; ln -s ../etc/./real etc/dangling; ln -s relative/deep tmp/link; mkdir -p etc/x; echo host >../file
            ln -s /loop2 loop1; ln -s /loop1 loop2; mkdir sub; ln -s ../tmp/../etc sub/up
            """)
        let file = "\(bundle.directory)/file"
        let mounts = [
            tmpfs("/var/lib/one"), tmpfs("relative"), tmpfs("/tmp/link/two"), tmpfs("/a/../b/./c"), tmpfs("/sub/up/x"),
            Mount(destination: "/etc/dangling", type: "bind", source: file, options: ["bind", "ro"]),
            Mount(destination: "/new/dir/file", type: "bind", source: file, options: ["bind"]),
        ]
        let shown = try bundle.inside("awk '$4 !~ /rootfs$/ && $5 !~ \"^/(dev|proc)\" { print $5 }' /proc/self/mountinfo | busybox sort; cat /etc/real", mounts)
        #expect(shown == "/b/c\n/etc/real\n/etc/x\n/new/dir/file\n/relative\n/run/late/lib/one\n/tmp/relative/deep/two\nhost\n")
        for target in ["/loop1", "/loop1/x"] {
            #expect(bundle.refusal([tmpfs(target)]).contains("cannot mount tmpfs on \(target)"), "\(target)")
        }
        #expect(bundle.refusal([Mount(destination: "/bin", type: "bind", source: file, options: ["bind"])]).contains("a directory goes on a directory"))
        #expect(bundle.refusal([tmpfs("/bin/busybox/x")]).hasSuffix("(mounts[3]): not a directory (ENOTDIR)"))
    }

    /// What is made for a mount can be entered by everybody, whatever the caller's umask.
    @Test func umask() throws {
        let bundle = try Bundle()
        let before = Glibc.umask(0o077)
        defer { _ = Glibc.umask(before) }
        let shown = try bundle.inside("stat -c '%a %n' /q /q/w /dev/null;", [tmpfs("/q/w")]) {
            $0.linux?.devices = [LinuxDevice(path: "/q2/zero", type: "c", major: 1, minor: 5, fileMode: 0o666)]
        }
        #expect(shown == "755 /q\n755 /q/w\n666 /dev/null\n")
    }

    @Test func sources() throws {
        let bundle = try Bundle()
        try bundle.prepare(
            "mkdir -p data/in; echo deep >data/in/f; ln -s data/in linked; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'")
        var context = PlanContext()
        context.bundle = bundle.directory
        let mounts = [
            Mount(destination: "/r", type: "bind", source: "data", options: ["bind"]),
            Mount(destination: "/l", type: "bind", source: "linked", options: ["rbind"]),
            Mount(destination: "/s", type: "bind", source: "./s", options: ["bind"]), Mount(destination: "/n", source: "data/in/f", options: ["bind"]),
        ]
        #expect(try bundle.inside("cat /r/in/f /l/f /n; stat -c %F /s", mounts, context: context) == "deep\ndeep\ndeep\nsocket\n")
        let missing = bundle.refusal([Mount(destination: "/m", type: "bind", source: "nothere", options: ["bind"])], context: context)
        #expect(missing == "cannot open \(bundle.directory)/nothere for a bind mount: no such file or directory (ENOENT)")
        #expect(
            bundle.refusal([Mount(destination: "/m", type: "bind", source: "nothere", options: ["bind"])]).hasPrefix("mounts[3].source must be an absolute"))
    }

    /// A tmpfs over a directory keeps its mode; one that is told its mode has that.
    @Test func modeOfATmpfs() throws {
        let bundle = try Bundle()
        try bundle.prepare("cd rootfs; mkdir -m 2750 kept; mkdir -m 700 told")
        let mounts = [
            Mount(destination: "/kept", type: "tmpfs", source: "t"), Mount(destination: "/told", type: "tmpfs", source: "t", options: ["mode=711"]),
            Mount(destination: "/new", type: "tmpfs", source: "t"),
        ]
        #expect(try bundle.inside("stat -c %a /kept /told /new", mounts) == "2750\n711\n1777\n")
    }

    @Test func root() throws {
        let bundle = try Bundle()
        try bundle.prepare("ln -s rootfs link; echo x >file; mkdir -p rootfs/ro")
        #expect(throws: ApusError.self) { _ = try DetachedMount.root("\(bundle.directory)/nothere") }
        let file = #expect(throws: ApusError.self) { _ = try DetachedMount.root("\(bundle.directory)/file") }
        #expect(file?.description == "cannot use \(bundle.directory)/file as the root filesystem (root.path): not a directory (ENOTDIR)")
        let shown = try bundle.inside(
            "touch /ro/x 2>/dev/null || echo read-only; touch /t/x; cat /proc/self/mountinfo | busybox wc -l >/dev/null", [tmpfs("/t")]
        ) {
            $0.root?.readonly = true
        }
        #expect(shown == "read-only\n")
        _ = try DetachedMount.root("\(bundle.directory)/link", propagation: .shared)
    }
}
