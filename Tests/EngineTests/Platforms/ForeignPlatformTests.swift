import LinuxSystem
import OCISpec
import Testing

@testable import Engine

/// Images of other processors, told from what binfmt_misc says.
@Suite struct ForeignPlatformTests {
    private static let arm64 = """
        enabled
        interpreter /usr/bin/qemu-aarch64-static
        flags: OCF
        offset 0
        magic 7f454c460201010000000000000000000200b700
        mask ffffffffffffff00fffffffffffffffffeffffff
        """
    private let host = Platform(os: "linux", architecture: "amd64")
    private let foreign = Platform(os: "linux", architecture: "arm64", variant: "v8")

    private func answer(_ formats: String..., platform: Platform? = nil, files: Set<String> = []) -> ApusError? {
        do throws(ApusError) {
            let foreign = ForeignPlatform(platform ?? foreign, host: host)
            try foreign?.requireEmulator(for: "box", formats.compactMap { BinaryFormat(parsing: $0) }) { files.contains($0) }
            return nil
        } catch {
            return error
        }
    }

    @Test func theHostsOwnNeedNothing() {
        #expect(ForeignPlatform(host, host: host) == nil)
        #expect(ForeignPlatform(Platform(os: "linux", architecture: "386"), host: host) == nil)
        #expect(ForeignPlatform(Platform(os: "linux", architecture: "arm", variant: "v7"), host: foreign) == nil)
        #expect(ForeignPlatform(foreign, host: host) != nil)
    }

    @Test func aFixedEmulatorIsEnough() {
        #expect(answer(Self.arm64) == nil)
        #expect(answer("enabled\nextension .exe\ninterpreter /x", Self.arm64) == nil)
    }

    @Test func whatIsMissingIsNamed() {
        let missing = answer()
        #expect(missing?.code == .notSupported)
        #expect(missing?.message == "image box is for linux/arm64/v8, and this host is \(Platform.host) without an emulator for it in binfmt_misc")
        #expect(missing?.hint == "install one; on Debian: apt-get install qemu-user-static binfmt-support")
        // One for another processor, one that is off.
        #expect(answer(Self.arm64.replacing("b700", with: "f300")) == missing)
        #expect(answer(Self.arm64.replacing("enabled", with: "disabled")) == missing)
        let unfixed = Self.arm64.replacing("OCF", with: "OC")
        #expect(answer(unfixed, files: ["/usr/bin/qemu-aarch64-static"]) == nil)
        #expect(
            answer(unfixed)?.message
                == "image box is for linux/arm64/v8, and this host is \(Platform.host), whose emulator /usr/bin/qemu-aarch64-static is not in the image")
        #expect(
            answer(Self.arm64, platform: Platform(os: "windows", architecture: "amd64"))?.message
                == "image box is for windows/amd64, and this host is \(Platform.host)")
        #expect(answer(Self.arm64, platform: Platform(os: "linux", architecture: "vax")) != nil)
    }

    @Test func headersOfBothOrders() {
        let header = ForeignPlatform(Platform(os: "linux", architecture: "s390x"), host: host)?.programHeader
        #expect(header?.prefix(20) == [0x7f, 0x45, 0x4c, 0x46, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 22])
    }
}
