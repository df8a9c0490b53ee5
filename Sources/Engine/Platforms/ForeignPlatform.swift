import ImageStore
import LinuxSystem
import OCISpec

/// An image's platform where it is not the host's: its programs run by an emulator that binfmt_misc knows, or not at all.
struct ForeignPlatform {
    let platform: Platform

    /// Takes the platform of an image; nil where the host's processor runs its programs itself.
    init?(_ platform: Platform, host: Platform = .host) {
        if platform.os == host.os && Self.runs(platform.architecture, on: host.architecture) { return nil }
        self.platform = platform
    }

    /// The processors that run another one's programs too.
    private static func runs(_ architecture: String, on host: String) -> Bool {
        architecture == host || architecture == "386" && host == "amd64" || architecture == "arm" && host == "arm64"
    }

    /// The beginning of a program of this platform, as ELF has it (elf(5)); nil for a platform that has none or that is not known.
    var programHeader: [UInt8]? {
        guard platform.os == "linux", let kind = Self.kinds[platform.architecture] else { return nil }
        let order: [UInt8] = [UInt8(kind.machine & 0xff), UInt8(kind.machine >> 8)]
        let version: [UInt8] = kind.isLittle ? [1, 0, 0, 0] : [0, 0, 0, 1]
        let executable: [UInt8] = kind.isLittle ? [2, 0] : [0, 2]
        let start: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, kind.is64 ? 2 : 1, kind.isLittle ? 1 : 2, 1, 0] + [UInt8](repeating: 0, count: 8)
        // binfmt_misc looks at 256 bytes.
        return start + executable + (kind.isLittle ? order : order.reversed()) + version + [UInt8](repeating: 0, count: 256 - 24)
    }

    /// Word size, order of bytes and machine (elf.h) by Go's names of architectures.
    private static let kinds: [String: (is64: Bool, isLittle: Bool, machine: UInt16)] = [
        "amd64": (true, true, 62), "386": (false, true, 3), "arm64": (true, true, 183), "arm": (false, true, 40), "ppc64le": (true, true, 21),
        "ppc64": (true, false, 21), "s390x": (true, false, 22), "riscv64": (true, true, 243), "mips64le": (true, true, 8), "mips64": (true, false, 8),
        "mipsle": (false, true, 8), "mips": (false, false, 8), "loong64": (true, true, 258),
    ]

    /// Finds what runs its programs.
    ///
    /// - Parameters:
    ///   - formats: the host's.
    ///   - hasFile: whether the image has a file at a path.
    /// - Throws: `.notSupported` with what to install.
    func requireEmulator(for image: String, _ formats: [BinaryFormat], hasFile: (String) throws(ApusError) -> Bool) throws(ApusError) {
        let what = "image \(image) is for \(platform), and this host is \(Platform.host)"
        guard let header = programHeader else { throw ApusError(.notSupported, what) }
        // The kernel takes the entry that was registered last; any that needs no file is as good.
        let matching = formats.filter { $0.matches(header) }
        if matching.contains(where: \.isFixed) { return }
        guard let format = matching.first else {
            throw ApusError(
                .notSupported, "\(what) without an emulator for it in binfmt_misc",
                hint: "install one; on Debian: apt-get install qemu-user-static binfmt-support")
        }
        if try hasFile(format.interpreter) { return }
        throw ApusError(
            .notSupported, "\(what), whose emulator \(format.interpreter) is not in the image",
            hint: "register it in binfmt_misc with the flag F, as Debian's qemu-user-static does, or put it into the image")
    }
}

extension Engine {
    /// Refuses an image whose programs cannot run here.
    func requireRunnable(_ image: ResolvedImage, name: String) throws(ApusError) {
        guard let foreign = ForeignPlatform(image.platform) else { return }
        try foreign.requireEmulator(for: name, BinaryFormats.all()) { path throws(ApusError) in try images.hasFile(path, in: image) }
    }
}
