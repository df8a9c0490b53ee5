import LinuxSystem
import Testing

@testable import ImageStore

@Suite("overlay options") struct OverlayTests {
    @Test func writesAndEscapes() throws {
        let rootfs = OverlayRootfs(base: "/b", lower: ["a:b", "c,d", "e\\f", "plain"], upper: "/u:1,2", work: "/w\\")
        #expect(
            try rootfs.mountOptions() == #"lowerdir=a\:b:c\,d:e\\f:plain,upperdir=/u:1\,2,workdir=/w\\"#)
        #expect(rootfs.parameters.map(\.value) == [#"a\:b:c,d:e\\f:plain"#, "/u:1,2", #"/w\\"#])
        #expect(try OverlayRootfs(base: "/b", lower: ["a"]).mountOptions() == "lowerdir=a")
    }

    @Test func aHundredLayersFitAPage() throws {
        let names = (0..<127).map { String(String(1 << 40 + $0, radix: 16).prefix(8)) }
        let path = "/var/lib/apus/containers/\(String(repeating: "c", count: 64))"
        #expect(try OverlayRootfs(base: "/b", lower: names, upper: "\(path)/upper", work: "\(path)/work").mountOptions().utf8.count < 2048)
        #expect(
            failure { try OverlayRootfs(base: "/b", lower: Array(repeating: "12345678", count: 500)).mountOptions() }?.message
                == "cannot stack 500 layers: their names take 4508 bytes and overlayfs reads 4095")
    }

    @Test(.enabled(if: isRoot, "mounts need root"), arguments: ["a:b", "a,b", "a\\b", "a\\,b:c\\\\", "a b"])
    func theKernelReadsOurEscapes(name: String) throws {
        let scratch = try Scratch()
        for part in ["", "-upper", "-work"] { try makeDirectories("\(scratch.path)/\(name)\(part)") }
        try makeDirectories("\(scratch.path)/other")
        try scratch.write("\(name)/seen", [])
        let rootfs = OverlayRootfs(base: scratch.path, lower: [name, "other"], upper: "\(name)-upper", work: "\(name)-work")
        try scratch.write("options", Array(try rootfs.mountOptions().utf8))
        let script = "mkdir m; unshare -m sh -c 'mount -i -t overlay -o \"$(cat options)\" none m && ls m && touch m/new'"
        #expect(try scratch.shell(script) == "seen")
        #expect(fileExists("\(scratch.path)/\(name)-upper/new"))
    }
}
