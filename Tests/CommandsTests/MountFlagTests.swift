import Engine
import LinuxSystem
import Testing

@testable import Commands

/// `-v`, `--mount` and `--tmpfs`.
@Suite struct MountFlagTests {
    @Test func volumes() throws {
        #expect(try MountFlag.volume("/tmp:/data:ro") == MountSetting(.bind, source: "/tmp", target: "/data", readOnly: true))
        #expect(try MountFlag.volume("store:/data") == MountSetting(.volume, source: "store", target: "/data"))
        #expect(try MountFlag.volume("/data/") == MountSetting(.volume, source: "", target: "/data", isAnonymous: true))
        #expect(try MountFlag.volume("/tmp:/a/./b:rslave,rw").options == ["rslave"])
    }

    @Test func mounts() throws {
        #expect(try MountFlag.mount("type=bind,src=/tmp,dst=/x,ro") == MountSetting(.bind, source: "/tmp", target: "/x", readOnly: true))
        #expect(try MountFlag.mount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770").options == ["size=1048576", "mode=1770"])
        #expect(try MountFlag.mount("source=vol,target=/v").kind == .volume)
    }

    @Test(arguments: [
        ("x:y:z:w", "invalid volume specification \"x:y:z:w\"; write [SOURCE:]TARGET[:OPTIONS]"),
        ("/tmp:rel", "invalid mount \"/tmp:rel\": the target must be an absolute path other than /, got \"rel\""),
        ("/tmp:/a/../b", "invalid mount \"/tmp:/a/../b\": the target must not contain .."),
        ("/tmp:/a:bogus", "invalid volume specification \"/tmp:/a:bogus\": unknown option \"bogus\""),
        (
            "a/b:/x",
            "invalid volume name \"a/b\"; two or more letters, digits, \"_\", \".\" and \"-\"; for a directory of the host give an absolute path"
        ),
    ])
    func badVolumes(_ text: String, _ sentence: String) {
        let error = #expect(throws: ApusError.self) { try MountFlag.volume(text) }
        #expect(error?.description == sentence)
    }

    @Test(arguments: [
        ("type=bind,source=/tmp", "invalid mount \"type=bind,source=/tmp\"; write type=bind|volume|tmpfs[,source=SOURCE],target=TARGET[,readonly]"),
        ("type=bind,source=/nothere,target=/x", "invalid mount \"type=bind,source=/nothere,target=/x\": bind source path does not exist: /nothere"),
        ("type=tmpfs,source=/a,target=/x", "invalid mount \"type=tmpfs,source=/a,target=/x\"; write a tmpfs has no source"),
    ])
    func badMounts(_ text: String, _ sentence: String) {
        let error = #expect(throws: ApusError.self) { try MountFlag.mount(text) }
        #expect(error?.description == sentence)
    }

    @Test func twoOnOneTarget() {
        let error = #expect(throws: ApusError.self) { try MountFlag.settings(volumes: ["/tmp:/x", "/var:/x/"], mounts: [], tmpfs: []) }
        #expect(error?.description == "duplicate mount point: /x")
    }

    @Test func randomTextsNeverCrash() {
        var generator = SystemRandomNumberGenerator()
        let pieces = ["/", ":", ",", "=", "type", "bind", "source", "target", "ro", "tmpfs-size", "..", "a", "\u{0}", "é", "", "1g"]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            _ = try? MountFlag.mount(text)
            if !text.hasPrefix("/") && !text.hasPrefix(".") { _ = try? MountFlag.volume(text) }
            _ = try? MountFlag.temporary(text)
            _ = try? DeviceFlag.setting(text)
        }
    }
}
