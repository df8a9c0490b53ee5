import Glibc
import LinuxSystem
import Testing

/// Limits of block devices, against direct I/O on the device that holds the tests' files.
@Suite struct BlockIOTests {
    /// The device node below the tests' files; nil where they lie on none.
    static let device: String? = {
        var status = stat()
        guard unsafe stat(Apus.temporary, &status) == 0 else { return nil }
        let number = "\(status.st_dev >> 8 & 0xfff):\(status.st_dev & 0xff)"
        guard let text = try? readText("/sys/dev/block/\(number)/uevent") else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("DEVNAME=") }.map { "/dev/\($0.dropFirst(8))" }
    }()

    private static let onDevice = Requirement(holds: device.map { fileExists($0) } == true, reason: "\(Apus.temporary) lies on no block device")

    private func seconds(_ apus: Apus, _ command: String, _ flags: String...) throws -> Double {
        let start = monotonicNanoseconds()
        let outcome = try apus.run(["run", "--rm", "-v", "\(apus.scratch)/files:/d"] + flags + ["busybox", "sh", "-c", command])
        #expect(outcome.code == 0, "\(outcome)")
        return Double(monotonicNanoseconds() - start) / 1e9
    }

    @Test(.requires(onDevice)) func bytesASecond() throws {
        let device = try #require(Self.device)
        try Apus.with { apus throws in
            let write = "dd if=/dev/zero of=/d/x bs=64k count=32 oflag=direct 2>/dev/null"
            #expect(try seconds(apus, write, "--device-write-bps", "\(device):1mb") > 1.5)
            #expect(try seconds(apus, "dd if=/d/x of=/dev/null bs=64k iflag=direct 2>/dev/null", "--device-read-bps", "\(device):1mb") > 1.5)
        }
    }

    @Test(.requires(onDevice)) func operationsASecond() throws {
        let device = try #require(Self.device)
        try Apus.with { apus throws in
            let write = "dd if=/dev/zero of=/d/x bs=4k count=40 oflag=direct 2>/dev/null"
            #expect(try seconds(apus, write, "--device-write-iops", "\(device):20") > 1.5)
            #expect(try seconds(apus, "dd if=/d/x of=/dev/null bs=4k iflag=direct 2>/dev/null", "--device-read-iops", "\(device):20") > 1.5)
        }
    }

    /// The kernels of both places have a file for it, by different schedulers.
    @Test func weight() throws {
        try Apus.with { apus throws in
            let id = try apus.detached("sleep 100", "--blkio-weight", "300", "--name", "box")
            func weight() throws -> String {
                let file = Requirement.cgroup2.holds ? try? apus.cgroup(id, v2: "io.bfq.weight", v1: "") : nil
                return try file ?? apus.cgroup(id, v2: "io.weight", v1: "blkio.bfq.weight")
            }
            let before = try weight()
            #expect(before.hasSuffix("300") || before == "default 2930", "\(before)")
            try apus.output("update", "--blkio-weight", "500", "box")
            #expect(try weight() != before)
        }
    }
}
