import Glibc
import LinuxSystem
import Testing

/// Images of another processor: by Debian's qemu, with an entry in binfmt_misc that lasts as long as a test.
///
/// The kernel's list is the host's, so the tests go one after the other, and where the host has an emulator already only that one is tried.
@Suite(.serialized, .enabled(if: Foreign.isPossible, "needs an x86-64 host with binfmt_misc and qemu-user-static, and scripts/deps"))
struct ForeignArchitectureTests {
    private static let magic =
        #"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"#

    /// Runs `body` while the kernel has an entry; it is mounted in a place of the test's own, for since Linux 6.7 entries go with the last mount.
    private func withEntry(_ flags: String, in apus: Apus, _ body: () throws -> Void) throws {
        let name = "apus-test-\(getpid())"
        let entry = "/proc/sys/fs/binfmt_misc/\(name)"
        let script = #"""
            mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && printf '%s' "$1" > /proc/sys/fs/binfmt_misc/register || exit
            echo there; read -r line; printf '%s' -1 > "$2"
            """#
        let words = ["unshare", "-m", "sh", "-c", script, "sh", ":\(name):M::\(Self.magic):\(Foreign.qemu):\(flags)", entry]
        let keeper = try Running(words, input: .pipe, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        defer {
            keeper.closeInput()
            _ = try? keeper.wait(timeout: 10)
        }
        try #require(eventually { keeper.output == "there\n" }, "\(keeper.errorOutput)")
        try body()
    }

    private func hasEmulator(_ apus: Apus) throws -> Bool {
        try apus.host("unshare", "-m", "sh", "-c", "mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && grep -ls aarch64 /proc/sys/fs/binfmt_misc/* || true")
            != ""
    }

    private func makeImage(_ apus: Apus) throws {
        try apus.host("sh", "-c", "mkdir -p arm/bin && cp \(Foreign.busybox) arm/bin/busybox && ln -s busybox arm/bin/sh && tar -C arm -cf arm.tar .")
        try apus.output("import", "--platform", "linux/arm64", "\(apus.scratch)/files/arm.tar", "arm:1")
    }

    @Test func itRunsByTheHostsEmulator() throws {
        try Apus.with(image: false) { apus in
            try makeImage(apus)
            try withEntry("F", in: apus) { () throws in
                #expect(try apus.output("run", "--rm", "arm:1", "/bin/busybox", "uname", "-m") == "aarch64")
                #expect(try apus.output("run", "--rm", "arm:1", "/bin/sh", "-c", "echo $((6*7)); exit 0") == "42")
                #expect(try apus.run("run", "--rm", "arm:1", "/bin/sh", "-c", "exit 7").code == 7)
            }
        }
    }

    @Test func withoutOneASentenceSaysWhatToInstall() throws {
        try Apus.with(image: false) { apus in
            if try hasEmulator(apus) { return }
            try makeImage(apus)
            let what = "image arm:1 is for linux/arm64, and this host is linux/amd64"
            try apus.refuses(
                "\(what) without an emulator for it in binfmt_misc; install one; on Debian: apt-get install qemu-user-static binfmt-support", "run", "--rm",
                "arm:1", "/bin/busybox", "true")
            // Without the flag F the emulator would have to be in the image.
            try withEntry("", in: apus) {
                try apus.refuses(
                    "\(what), whose emulator \(Foreign.qemu) is not in the image; register it in binfmt_misc with the flag F, as Debian's qemu-user-static does, or put it into the image",
                    "run", "--rm", "arm:1", "/bin/busybox", "true")
                try apus.host("sh", "-c", "mkdir -p arm/usr/bin && cp \(Foreign.qemu) arm/usr/bin/ && tar -C arm -cf arm.tar .")
                try apus.output("import", "--platform", "linux/arm64", "\(apus.scratch)/files/arm.tar", "arm:2")
                #expect(try apus.output("run", "--rm", "arm:2", "/bin/busybox", "uname", "-m") == "aarch64")
            }
        }
    }
}

/// What the tests need.
private enum Foreign {
    static let busybox = (try? readLink("/proc/self/cwd")).map { "\($0)/build/arm64/busybox" } ?? ""
    static let qemu = "/usr/bin/qemu-aarch64-static"

    static var isPossible: Bool {
        #if arch(x86_64)
            geteuid() == 0 && fileExists(busybox) && fileExists(qemu) && (try? readText("/proc/filesystems").contains("binfmt_misc")) == true
        #else
            false
        #endif
    }
}
