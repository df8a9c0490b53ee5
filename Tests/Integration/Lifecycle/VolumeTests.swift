import Engine
import Glibc
import LinuxSystem
import Testing

/// Volumes: what the image has there, who uses them, how they go.
@Suite struct VolumeTests {
    @Test func anEmptyVolumeGetsTheImagesContentOnce() throws {
        try Apus.with { apus in
            let first = try apus.sh("head -1 /etc/passwd; echo mine > /etc/mine; rm /etc/group", "-v", "data:/etc")
            #expect(first.hasPrefix("root:"))
            #expect(try apus.sh("cat /x/mine; ls /x/group 2>/dev/null; stat -c %a /x/passwd", "-v", "data:/x") == "mine\n644")
            #expect(try listDirectory("\(apus.paths.volumes)/data").sorted() == ["_data", "volume.json"])
            #expect(try apus.sh("ls -A /etc | grep -c passwd || true", "-v", "empty:/etc:nocopy") == "0")
            #expect(try apus.sh("ls -A /etc | grep -c passwd || true", "--mount", "type=volume,source=empty2,target=/etc,volume-nocopy") == "0")
        }
    }

    @Test func itsDirectoryLooksLikeTheImagesOne() throws {
        try Apus.with { apus in
            let tmp = try apus.sh("stat -c %a /tmp", "-v", "data:/tmp")
            let new = try apus.sh("stat -c %a /new/place", "-v", "data2:/new/place")
            #expect(tmp == "1777" && new == "755")
        }
    }

    @Test func aCopyThatWasCutShortIsFinished() throws {
        try Apus.with { apus in
            try apus.output("volume", "create", "data")
            let directory = "\(apus.paths.volumes)/data"
            try makeDirectories("\(directory)/ready/below", mode: 0o700)
            try replaceFile("\(directory)/ready/below/left", with: Array("left".utf8))
            try replaceFile("\(directory)/_data/moved", with: [])
            try makeDirectories("\(directory)/copy/garbage")
            #expect(try apus.sh("cat /etc/below/left; ls /etc/moved /etc/passwd 2>/dev/null || true", "-v", "data:/etc") == "left/etc/moved")
            #expect(!fileExists("\(directory)/ready"))
        }
    }

    @Test func aRunningContainerKeepsItsDirectory() throws {
        try Apus.with { apus in
            try apus.runReady("one", "echo ready; while [ ! -e /data/passwd ]; do sleep 0.05; done; exit 9", "-v", "data:/data")
            try apus.sh("true", "-v", "data:/etc")
            #expect(try apus.output("wait", "one") == "9")
            try apus.output("rm", "one")
        }
    }

    @Test func manyFirstUsersAtOnceSeeItWhole() throws {
        try Apus.with { apus in
            for round in 0..<rounds(5, slow: 1) {
                let runs = try (0..<6).map { _ in try apus.start(["run", "--rm", "-v", "v\(round):/etc", "busybox", "cat", "/etc/passwd"]) }
                for run in runs {
                    let outcome = try run.wait()
                    #expect(outcome.code == 0 && outcome.output.hasPrefix("root:"), "\(outcome)")
                }
            }
        }
    }

    @Test func aUsedVolumeIsNotRemoved() throws {
        try Apus.with { apus in
            let id = try apus.output("create", "--name", "one", "-v", "data:/data", "-v", "/anonymous", "busybox", "true")
            try apus.refuses(
                "cannot remove volume data: it is in use by container \(id.prefix(12)); remove what uses it first", code: 1, "volume", "rm", "data")
            #expect(try apus.output("volume", "prune", "-a", "-f") == "Total reclaimed space: 0B")
            #expect(try apus.output("volume", "ls", "-q").split(separator: "\n").count == 2)
            try apus.output("rm", "-v", "one")
            #expect(try apus.output("volume", "ls", "-q") == "data")
            try apus.output("volume", "rm", "data")
            try apus.refuses("no such volume: data", code: 1, "volume", "rm", "data")
        }
    }

    @Test func linksInTheImageDoNotLeadOut() throws {
        try Apus.with { apus in
            try apus.host("mkdir", "-p", "rootfs/bin", "rootfs/data")
            try apus.host("cp", "/bin/busybox", "rootfs/bin/busybox")
            try apus.host("ln", "-s", "/etc", "rootfs/out")
            try apus.host("ln", "-s", "../../../../etc", "rootfs/data/up")
            try apus.host("tar", "-C", "rootfs", "-cf", "links.tar", ".")
            let image = "\(apus.scratch)/files/links.tar"
            let outcome = try apus.run("run", "--rm", "-v", "vol:/data", image, "/bin/busybox", "readlink", "/data/up")
            #expect(outcome.output == "../../../../etc\n", "\(outcome)")
            // /out leads to the image's own /etc, where only the engine's mountpoints are; never to the host's.
            let other = try apus.run("create", "--name", "two", "-v", "other:/out", image, "/bin/busybox", "true")
            #expect(other.code == 0, "\(other)")
            #expect(try listDirectory("\(apus.paths.volumes)/other/_data").sorted() == ["hostname", "hosts", "resolv.conf"])
            try apus.output("rm", "two")
        }
    }
}
