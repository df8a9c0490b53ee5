import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// Devices of the specification and those that every container has.
@Suite struct DeviceTests {
    private let null = LinuxDevice(path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 0o640, uid: 7, gid: 8)

    @Test func nodesAsAskedFor() throws {
        let bundle = try Bundle()
        let devices = [
            null, LinuxDevice(path: "/dev/deep/er/zero", type: "u", major: 1, minor: 5),
            LinuxDevice(path: "/dev/loop", type: "b", major: 7, minor: 9, fileMode: 0o600),
            LinuxDevice(path: "/srv/fifo", type: "p", fileMode: 0o622, uid: 3),
        ]
        let script = """
            stat -c '%n %F %t:%T %a %u:%g' /dev/null /dev/deep/er/zero /dev/loop /srv/fifo /dev/full
            for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; busybox head -c 1 /dev/deep/er/zero | busybox wc -c
            """
        let shown = try bundle.inside(script) { $0.linux?.devices = devices }
        let expected = """
            /dev/null character special file 1:3 640 7:8
            /dev/deep/er/zero character special file 1:5 666 0:0
            /dev/loop block special file 7:9 600 0:0
            /srv/fifo fifo 0:0 622 3:0
            /dev/full character special file 1:7 666 0:0
            /proc/self/fd
            /proc/self/fd/0
            /proc/self/fd/1
            /proc/self/fd/2
            pts/ptmx
            1

            """
        #expect(shown == expected)
    }

    /// Without a mount on /dev the nodes are made in the root filesystem's own, and stay for the next start.
    @Test func withoutAMountOnDev() throws {
        let bundle = try Bundle()
        try bundle.prepare("mknod rootfs/dev/ptmx c 5 2")
        for _ in 0..<2 {
            let shown = try bundle.inside("stat -c %F /dev/null; readlink /dev/ptmx; ls /dev | busybox wc -l") {
                $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
            }
            #expect(shown == "character special file\npts/ptmx\n11\n")
        }
        try bundle.prepare("rm rootfs/dev/null; mknod rootfs/dev/null c 1 5")
        let other = bundle.refusal([]) { $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") } }
        #expect(other == "cannot make character device /dev/null 1:3 (default devices): file exists (EEXIST)")
    }

    /// Nothing is made in a /dev that is the host's.
    @Test func aBoundDev() throws {
        let bundle = try Bundle()
        try bundle.prepare("mkdir dev; mknod -m 666 dev/null c 1 3; mkdir dev/pts")
        let shown = try bundle.inside("ls /dev; test -c /dev/null") {
            $0.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
            $0.mounts?.append(Mount(destination: "/dev/", type: "none", source: bundle.directory + "/dev", options: ["rbind"]))
            $0.linux?.devices = [LinuxDevice(path: "/dev/fuse", type: "c", major: 10, minor: 229), LinuxDevice(path: "/other", type: "c", major: 1, minor: 5)]
        }
        #expect(shown == "null\npts\n")
        #expect(try listDirectory("\(bundle.directory)/dev").sorted() == ["null", "pts"])
        #expect(fileExists("\(bundle.rootfs)/other"))
    }

    @Test func aReadOnlyDevIsFilledFirst() throws {
        let bundle = try Bundle()
        let shown = try bundle.inside("test -c /dev/full; touch /dev/x 2>/dev/null || echo read-only; awk '$5 == \"/dev\" { print $6 }' /proc/self/mountinfo") {
            $0.mounts?[1].options = ["nosuid", "mode=755", "ro"]
        }
        #expect(shown == "read-only\nro,nosuid,relatime\n")
    }

    @Test func inAUserNamespace() throws {
        let bundle = try Bundle()
        try bundle.prepare("chown -R 100000:100000 rootfs")
        let script = "stat -c '%n %F %u' /dev/null /dev/random /srv/fifo /dev/tty; echo x >/dev/null; readlink /dev/ptmx"
        let shown = try bundle.inside(script, userNamespace: true) { $0.linux?.devices = [LinuxDevice(path: "/srv/fifo", type: "p", fileMode: 0o622)] }
        let device = "character special file 65534"
        #expect(shown == "/dev/null \(device)\n/dev/random \(device)\n/srv/fifo fifo 0\n/dev/tty \(device)\npts/ptmx\n")
        let missing = #expect(throws: ApusError.self) {
            try bundle.inside("true", userNamespace: true) { $0.linux?.devices = [LinuxDevice(path: "/dev/nothere", type: "c", major: 1, minor: 3)] }
        }
        #expect(missing?.description == "cannot open /dev/nothere for a bind mount: no such file or directory (ENOENT)")
    }
}
