import LinuxSystem
import Testing

/// What `apus save` writes, other tools read digest for digest, and the other way round.
@Suite struct SaveTests {
    private static let skopeo = "skopeo --insecure-policy"

    /// The digest of an image's manifest, as listings show it.
    private func digest(_ apus: Apus, _ name: String) throws -> String {
        try apus.output("images", "--no-trunc", "--format", "{{.Digest}}", name)
    }

    @Test func archivesAreTheSameEachTimeAndHoldTheStoresBytes() throws {
        try Apus.with { apus in
            let files = "\(apus.scratch)/files"
            try apus.output("tag", "busybox", "example.org/tools/box:1")
            for (format, name) in [("docker-archive", "d"), ("oci", "o")] {
                try apus.output("save", "--format", format, "-o", "\(files)/\(name).tar", "busybox", "example.org/tools/box:1")
                try apus.host("sh", "-c", "APUS_ROOT=\(apus.root) \(Apus.program) save --format \(format) busybox example.org/tools/box:1 | cmp - \(name).tar")
                let other = "\(apus.scratch)/other-\(name)"
                #expect(
                    try apus.output("--root", other, "load", "-i", "\(files)/\(name).tar")
                        == "Loaded image: busybox:latest\nLoaded image: example.org/tools/box:1")
                #expect(try apus.output("--root", other, "images", "--no-trunc", "--digests") == apus.output("images", "--no-trunc", "--digests"))
                #expect(try apus.host("ls", "-A", files).split(separator: "\n").allSatisfy { !$0.hasSuffix(".tmp") })
            }
        }
    }

    @Test func toolsReadIt() throws {
        try Apus.with { apus in
            let want = try digest(apus, "busybox")
            try apus.output("save", "--format", "oci", "-o", "\(apus.scratch)/files/o.tar", "busybox")
            try apus.output("save", "-o", "\(apus.scratch)/files/d.tar", "busybox")
            #expect(try apus.host("sh", "-c", "\(Self.skopeo) inspect --format '{{.Digest}}' oci-archive:o.tar:latest") == want)
            // The same file read as the OCI layout that it is too.
            #expect(try apus.host("sh", "-c", "\(Self.skopeo) inspect --format '{{.Digest}}' oci-archive:d.tar:latest") == want)
            let id = try apus.output("images", "--no-trunc", "-q", "busybox")
            #expect(try apus.host("sh", "-c", "\(Self.skopeo) inspect --raw docker-archive:d.tar:busybox:latest | grep -o '\(id)'") == id)
            try apus.host(
                "sh", "-c", "mkdir layout && tar -xf o.tar -C layout && umoci unpack --image layout:latest bundle && test -x bundle/rootfs/bin/busybox")
        }
    }

    @Test(.requires(.ownProcessors)) func podmanReadsItAndIsRead() throws {
        try Apus.with { apus in
            let podman = "podman --root \(apus.scratch)/p --runroot \(apus.scratch)/q --storage-driver vfs --events-backend none --cgroup-manager cgroupfs"
            let id = try apus.output("images", "--no-trunc", "-q", "busybox")
            for format in ["docker-archive", "oci"] {
                try apus.output("save", "--format", format, "-o", "\(apus.scratch)/files/\(format).tar", "busybox")
                try apus.host("sh", "-c", "\(podman) load -qi \(format).tar")
                #expect("sha256:\(try apus.host("sh", "-c", "\(podman) images -q --no-trunc | sort -u | sed s/sha256://"))" == id, "\(format)")
                try apus.host("sh", "-c", "\(podman) save -q --format \(format == "oci" ? "oci-archive" : format) -o back-\(format).tar \(id.dropFirst(7))")
                let loaded = try apus.output("--root", "\(apus.scratch)/\(format)", "load", "-i", "\(apus.scratch)/files/back-\(format).tar")
                let listed = try apus.output("--root", "\(apus.scratch)/\(format)", "images", "--no-trunc", "-q")
                #expect(listed == id, "\(loaded)")
                try apus.host("sh", "-c", "\(podman) rmi -f \(id.dropFirst(7)) >&2")
            }
        }
    }

    @Test(.requires(.ownProcessors)) func dockerReadsItAndIsRead() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "busybox", "sh", "-c", "echo more > /more")
            try apus.output("commit", "box", "made:1")
            try World.withDocker { world throws in
                try apus.output("save", "-o", "\(world.root)/mnt/made.tar", "made:1")
                #expect(try world.output("docker", "load", "-i", "/mnt/made.tar") == "Loaded image: made:1")
                #expect(try world.output("docker", "images", "--no-trunc", "-q", "made:1") == apus.output("images", "--no-trunc", "-q", "made:1"))
                #expect(try world.output("docker", "run", "--rm", "--network", "none", "made:1", "cat", "/more") == "more")
                try world.output("docker", "save", "-o", "/mnt/back.tar", "made:1")
                try apus.output("--root", "\(apus.scratch)/back", "load", "-i", "\(world.root)/mnt/back.tar")
                #expect(try apus.output("--root", "\(apus.scratch)/back", "images", "--no-trunc", "-q") == apus.output("images", "--no-trunc", "-q", "made:1"))
            }
        }
    }

    @Test func namesThatGoAlong() throws {
        try Apus.with { apus in
            try apus.output("tag", "busybox", "example.org/box:1")
            try apus.output("tag", "busybox", "example.org/box:2")
            let id = try apus.output("images", "-q", "--no-trunc", "busybox")
            func tags(_ names: String...) throws -> String {
                try apus.output("save", "-o", "\(apus.scratch)/files/t.tar", names[0])
                return try apus.host("sh", "-c", "tar -xOf t.tar manifest.json | grep -o '\"RepoTags\":[^]}]*'")
            }
            #expect(try tags("busybox") == #""RepoTags":["busybox:latest""#)
            #expect(try tags("example.org/box") == #""RepoTags":["example.org/box:1","example.org/box:2""#)
            #expect(try tags("example.org/box:2") == #""RepoTags":["example.org/box:2""#)
            #expect(try tags(id) == #""RepoTags":null"#)
        }
    }

    @Test func failuresLeaveNothing() throws {
        try Apus.with { apus in
            let path = try apus.file("out.tar", "before")
            try apus.refuses("no such image: nobody:1", code: 1, "save", "-o", path, "busybox", "nobody:1")
            #expect(try apus.host("cat", "out.tar") == "before")
            let blob = try apus.host("sh", "-c", "ls -S \(apus.root)/images/blobs/sha256 | head -1")
            // The image is shared with other tests: a copy takes the damage.
            let damaged = "\(apus.root)/images/blobs/sha256/\(blob)"
            try apus.host("sh", "-c", "cp \(damaged) copy && printf x | dd of=copy bs=1 seek=5000 conv=notrunc status=none && mv copy \(damaged)")
            try apus.refuses(
                "the blob sha256:\(blob) in \(apus.root)/images is damaged; remove the image and load it again", code: 1, "save", "-o", path, "busybox")
            #expect(try apus.host("cat", "out.tar") == "before" && apus.host("ls", "-A") == "out.tar")
            try apus.refuses("cannot write /no/such/place: no such file or directory (ENOENT)", code: 1, "save", "-o", "/no/such/place", "busybox")
            try apus.refuses(
                "invalid argument \"zip\" for \"--format\" flag: known are docker-archive and oci; see 'apus save --help'", "save", "--format", "zip", "busybox"
            )
        }
    }

    @Test func aTerminalIsRefused() throws {
        try Apus.with { apus throws in
            let script = "APUS_ROOT=\(apus.root) script -qec '\(Apus.program) save busybox' /dev/null < /dev/null || true"
            #expect(try apus.host("sh", "-c", script).contains("cowardly refusing to save to a terminal; use the -o flag or redirect"))
        }
    }
}
