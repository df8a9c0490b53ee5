import Glibc
import LinuxSystem
import SeededRandom
import Testing

@testable import Cgroups

@Suite struct CgroupHostTests {
    private func detect(mountinfo: String, cgroup: String, standard: String = "/nowhere") throws -> CgroupHost {
        let folder = "/tmp/apus-cgroups-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try makeDirectories(folder)
        defer { try? removeTree(folder) }
        try replaceFile("\(folder)/mountinfo", with: Array(mountinfo.utf8))
        try replaceFile("\(folder)/cgroup", with: Array(cgroup.utf8))
        return try CgroupHost.detect(mountinfo: "\(folder)/mountinfo", cgroup: "\(folder)/cgroup", standard: standard)
    }

    private let v2 = "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    private let noise = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n28 27 0:25 / /a\\040b rw master:1 - tmpfs none ro\n"

    private func v1(_ point: String, _ options: String, root: String = "/") -> String {
        "33 31 0:30 \(root) \(point) rw,relatime - cgroup cgroup rw,\(options)\n"
    }

    @Test func unified() throws {
        let host = try detect(mountinfo: noise + v2, cgroup: "0::/user.slice/a:b.scope\n")
        #expect(host == CgroupHost(unified: .init(controllers: [], mount: "/sys/fs/cgroup", own: "/user.slice/a:b.scope"), legacy: []))
        #expect(host.layout == .unified)
        #expect(host.version(of: .memory) == .v2)
        #expect(host.version(of: .devices) == nil)
    }

    @Test func hybridWithItsOwnPathInEachHierarchy() throws {
        let host = try detect(
            mountinfo: noise + v1("/c/cpu", "cpu,cpuacct") + v1("/c/mem", "memory") + v1("/c/systemd", "xattr,name=systemd")
                + v2.replacing("/sys/fs/cgroup", with: "/c/unified"),
            cgroup: "9:name=systemd:/\n4:memory:/process/x\n2:cpu,cpuacct:/\n1:blkio:/\n0::/\n")
        #expect(host.layout == .hybrid)
        #expect(host.unified == .init(controllers: [], mount: "/c/unified", own: ""))
        #expect(
            host.legacy == [
                .init(controllers: ["memory"], mount: "/c/mem", own: "/process/x"), .init(controllers: ["cpu", "cpuacct"], mount: "/c/cpu", own: ""),
            ])
        #expect(host.version(of: .cpuacct) == .v1)
        #expect(host.version(of: .pids) == .v2)
    }

    @Test func legacy() throws {
        let host = try detect(mountinfo: v1("/c/blkio", "blkio"), cgroup: "1:blkio:/a\n")
        #expect(host.layout == .legacy)
        #expect(host.version(of: .io) == .v1)
        #expect(host.version(of: .memory) == nil)
    }

    @Test func aMountOfAPartOfTheTree() throws {
        // Inside a container that sees the host's names.
        let part = v1("/c/mem", "memory", root: "/docker/abc")
        #expect(try detect(mountinfo: part, cgroup: "1:memory:/docker/abc/x\n").legacy.first?.own == "/x")
        #expect(try detect(mountinfo: part, cgroup: "1:memory:/docker/abc\n").legacy.first?.own == "")
        // The whole tree is better than a part of it.
        let both = part + v1("/whole", "memory")
        #expect(try detect(mountinfo: both, cgroup: "1:memory:/docker/abc\n").legacy.first?.mount == "/whole")
        // Outside of the namespace's root nothing can be named: its root is used.
        #expect(try detect(mountinfo: v2, cgroup: "0::/../x\n").unified?.own == "")
    }

    @Test func standardPlacesNeedNoMountinfo() throws {
        let folder = "/tmp/apus-cgroups-standard-\(getpid())"
        defer { try? removeTree(folder) }
        for file in ["own/cgroup.controllers", "unified/cgroup.controllers", "cpu,cpuacct/x/tasks", "memory/tasks"] {
            try makeDirectories("\(folder)/\(file.prefix(upTo: file.lastIndex(of: "/") ?? file.startIndex))")
            try replaceFile("\(folder)/\(file)", with: [])
        }
        func find(_ cgroup: String) throws -> CgroupHost { try detect(mountinfo: noise + v2, cgroup: cgroup, standard: folder) }
        #expect(try find("0::/own\n") == CgroupHost(unified: .init(controllers: [], mount: folder, own: "/own"), legacy: []))
        let expected = [
            CgroupHost.Hierarchy(controllers: ["memory"], mount: "\(folder)/memory", own: ""),
            .init(controllers: ["cpu", "cpuacct"], mount: "\(folder)/cpu,cpuacct", own: "/x"),
        ]
        let lines = "9:name=systemd:/\n2:memory:/\n1:cpu,cpuacct:/x\n"
        #expect(try find(lines) == CgroupHost(unified: nil, legacy: expected))
        #expect(try find(lines + "0::/\n") == CgroupHost(unified: .init(controllers: [], mount: "\(folder)/unified", own: ""), legacy: expected))
        // One that is elsewhere, or does not show the own cgroup: mountinfo knows better.
        #expect(try find("0::/other\n").unified?.mount == "/sys/fs/cgroup")
        #expect(try find(lines + "3:pids:/\n0::/\n").legacy == [])
    }

    @Test func nothingMounted() throws {
        #expect(
            throws: ApusError(
                .notSupported, "cannot find control groups: no cgroup file system is mounted", hint: "mount -t cgroup2 none /sys/fs/cgroup")
        ) { try detect(mountinfo: noise, cgroup: "0::/\n") }
    }

    @Test func escapesInMountPoints() {
        let mounts = parseCgroupMounts(Array(v2.replacing("/sys/fs/cgroup", with: "/a\\040b\\134\\011c\\").utf8))
        #expect(mounts.first?.point == "/a b\\\tc\\")
    }

    /// Random bytes and random cuts of good files are passed over without a trap.
    @Test func damagedFilesNeverTrap() {
        var random = SeededRandom(seed: 3)
        let good = Array((noise + v2 + v1("/c/a\\040", "cpu,cpuacct") + "4:memory:/x\n0::/\n").utf8)
        for _ in 0..<2000 {
            var bytes = Array(good.shuffled(using: &random).prefix(Int.random(in: 0...good.count, using: &random)))
            if Bool.random(using: &random) { bytes = Array(good[Int.random(in: 0..<good.count, using: &random)...]) }
            for _ in 0..<3 where !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = parseCgroupMounts(bytes)
            _ = parseMemberships(bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            _ = (parseKeyed(text), parseIOStat(text), parseBlkio(bytes: text, operations: text), parsePressure(text), LegacyDeviceList(list: text))
        }
    }
}
