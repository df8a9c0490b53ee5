import Glibc
import ImageStore
public import LinuxSystem

/// What a container's files take, in bytes.
public struct ContainerSize: Sendable, Equatable {
    /// Of the files that it made or changed.
    public let writable: Int
    /// Of all files that it sees: these, its image's, and those of the snapshots that it stands on.
    public let total: Int
}

extension Engine {
    /// Adds up a container's files; those that vanish meanwhile are left out.
    public func size(of record: ContainerRecord) throws(ApusError) -> ContainerSize {
        var writable = 0
        do {
            writable = try directorySize(paths.written(record.id))
        } catch  where error.errno == ENOENT {
            // It was never started.
        }
        let image = try? images.inspect("sha256:\(record.imageID)")
        var total = writable + (image?.size ?? 0)
        for layer in snapshotLayers(of: record) { total += try directorySize(layer) }
        return ContainerSize(writable: writable, total: total)
    }

    /// The directories of the snapshots that a container stands on, the top one first: with its upper directory above and the image's layers below
    /// they are what it sees.
    public func snapshotLayers(of record: ContainerRecord) -> [String] {
        record.layers.map { "\(images.layerBase)/\($0)" }.filter { (try? readLink($0))?.hasPrefix("../../snapshots/") == true }
    }

    /// The lengths of all files below a directory, in bytes.
    func directorySize(_ path: String) throws(ApusError) -> Int {
        var seen: Set<[UInt64]> = []
        return try Self.size(below: try openDirectory(path), path, &seen)
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
