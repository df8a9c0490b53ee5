import CShim
import Glibc
import LinuxSystem

/// The entries of this host's binfmt_misc.
enum BinaryFormats {
    private static let place = "/proc/sys/fs/binfmt_misc"

    /// All entries; none where the kernel has no binfmt_misc or does not let us look.
    static func all() -> [BinaryFormat] {
        // Where nobody mounted it the entries work all the same.
        guard let directory = fileExists("\(place)/status") ? try? openDirectory(place) : detached() else { return [] }
        let names = (try? rawDirectoryEntries(directory, name: place)) ?? []
        return names.compactMap { name in
            let text = String(decoding: name.dropLast(), as: UTF8.self)
            if text == "register" || text == "status" { return nil }
            guard let file = try? openFile(text, O_RDONLY, at: directory.raw), let content = try? readAll(file, name: text) else { return nil }
            return BinaryFormat(parsing: String(decoding: content, as: UTF8.self))
        }
    }

    /// A mount of it that nobody else sees.
    private static func detached() -> OwnedFD? {
        let context = unsafe apus_fsopen("binfmt_misc", 1)  // FSOPEN_CLOEXEC
        guard context >= 0 else { return nil }
        let owned = OwnedFD(adopting: context)
        guard apus_fsconfig_create(owned.raw) == 0 else { return nil }
        let mount = apus_fsmount(owned.raw, 1, 0)  // FSMOUNT_CLOEXEC
        guard mount >= 0 else { return nil }
        let place = OwnedFD(adopting: mount)
        return try? openDirectory(".", at: place.raw)
    }
}
