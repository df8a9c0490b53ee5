import LinuxSystem
import Testing

/// `--platform` of load, run, create, import and image inspect; podman's directories; the limits against bombs.
@Suite struct PlatformTests {
    @Test func flags() throws {
        try Apus.with { apus in
            try apus.host("sh", "-c", "mkdir -p r/bin && cp /bin/busybox r/bin/sh && tar -C r -cf r.tar .")
            let files = "\(apus.scratch)/files"
            try apus.output("import", "-q", "--platform", "linux/riscv64", "\(files)/r.tar", "far:1")
            try apus.output("save", "-q", "-o", "\(files)/far.tar", "far:1")
            #expect(try apus.output("image", "inspect", "--platform", "riscv64", "--format", "{{.Os}}/{{.Architecture}}", "far:1") == "linux/riscv64")
            let other = "image with reference far:1 was found but does not match the specified platform: wanted linux/arm64, actual: linux/riscv64"
            for (verb, code) in [("run", 125), ("create", 1)] {
                try apus.refuses(
                    "\(other); apus load --platform linux/arm64 of an archive that has it", code: Int32(code), verb, "--platform", "linux/aarch64", "far:1",
                    "sh")
            }
            #expect(try apus.run("image", "inspect", "--platform", "arm64", "far:1").errorOutput.hasPrefix("apus: \(other)"))
            #expect(
                try apus.run("load", "--platform", "s390x", "-i", "\(files)/far.tar").errorOutput.hasSuffix("no image for linux/s390x; it has linux/riscv64\n"))
            #expect(try apus.output("load", "--platform", "linux/riscv64", "-i", "\(files)/far.tar") == "Loaded image: far:1")
            #expect(try apus.run("load", "--platform", "windows/amd64").code == 125)
            #expect(try apus.output("run", "--rm", "--platform", "linux", "busybox", "echo", "here") == "here")
        }
    }

    @Test(.requires(.ownProcessors)) func podmansDirectories() throws {
        try Apus.with { apus in
            let podman = "podman --root \(apus.scratch)/p --runroot \(apus.scratch)/q --storage-driver vfs --events-backend none --cgroup-manager cgroupfs"
            let id = try apus.output("images", "--no-trunc", "-q", "busybox")
            for (archive, format) in [("docker-archive", "docker-dir"), ("oci", "oci-dir")] {
                try apus.output("save", "--format", archive, "-o", "\(apus.scratch)/files/\(archive).tar", "busybox")
                try apus.host("sh", "-c", "\(podman) load -qi \(archive).tar")
                try apus.host("sh", "-c", "\(podman) save -q --format \(format) -o \(format) busybox")
                let root = "\(apus.scratch)/\(format)"
                let loaded = try apus.output("--root", root, "load", "-i", "\(apus.scratch)/files/\(format)")
                #expect(try apus.output("--root", root, "images", "--no-trunc", "-q") == id, "\(loaded)")
                #expect(try apus.output("--root", root, "system", "check", "-q") == "")
                try apus.host("sh", "-c", "\(podman) rmi -f \(id.dropFirst(7)) >&2")
            }
        }
    }

    @Test func limitsAgainstBombs() throws {
        try Apus.with(image: false) { apus in
            try apus.host("sh", "-c", "mkdir r; head -c 3000000 /dev/zero > r/zeros; tar -C r -czf r.tgz .")
            let archive = "\(apus.scratch)/files/r.tgz"
            let refusal = "entry ./zeros: it unpacks to more than 1048576 bytes; raise the limit with --unpack-limit if you trust it"
            try apus.refuses("cannot load \(archive): \(refusal)", code: 1, "load", "--unpack-limit", "1m", "-i", archive)
            let outcome = try apus.run("import", archive, environment: ["APUS_UNPACK_LIMIT": "1m"])
            #expect(outcome.code == 1 && outcome.errorOutput == "apus: cannot import \(archive): \(refusal)\n", "\(outcome)")
            #expect(try apus.run("load", "-i", archive, environment: ["APUS_UNPACK_LIMIT": "much"]).code == 1)
            #expect(try apus.run("load", "--unpack-limit", "4m", "-i", archive, environment: ["APUS_UNPACK_LIMIT": "1m"]).code == 0)
        }
    }
}
