import Glibc
import ImageStore
public import LinuxSystem

/// What a container's files take, in bytes.
public struct ContainerSize: Sendable, Equatable {
    /// Of the files that it made or changed.
    public let writable: Int
    /// Of all files that it sees: these and its image's.
    public let total: Int
}

extension Engine {
    /// Adds up a container's files; those that vanish meanwhile are left out.
    public func size(of record: ContainerRecord) throws(ApusError) -> ContainerSize {
        let path = "\(paths.container(record.id))/upper"
        var writable = 0
        do {
            var seen: Set<[UInt64]> = []
            writable = try Self.size(below: try openDirectory(path), path, &seen)
        } catch  where error.errno == ENOENT {
            // It was never started.
        }
        let image = try? images.inspect("sha256:\(record.imageID)")
        return ContainerSize(writable: writable, total: writable + (image?.size ?? 0))
    }

    /// The lengths of all files below a directory; one with several names counts once, directories count nothing, as with Docker.
    private static func size(below directory: borrowing OwnedFD, _ path: String, _ seen: inout Set<[UInt64]>) throws(ApusError) -> Int {
        var sum = 0
        for name in try rawDirectoryEntries(directory, name: path) {
            var status = stat()
            let raw = directory.raw
            let found = unsafe name.withUnsafeBytes { bytes in
                unsafe fstatat(raw, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), &status, AT_SYMLINK_NOFOLLOW)
            }
            guard found == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                let text = String(decoding: name.dropLast(), as: UTF8.self)
                guard let below = try? openFile(text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: raw) else { continue }
                sum += try size(below: below, "\(path)/\(text)", &seen)
            } else if status.st_nlink == 1 || seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted {
                sum += Int(status.st_size)
            }
        }
        return sum
    }
}
