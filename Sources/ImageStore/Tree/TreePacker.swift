import CShim
import Glibc
import LinuxSystem

/// Packs files and trees into a tar, by open directories and without following links, names in the order of their bytes.
///
/// Sockets are left out, as every tar does. Attributes are those that an image may bring.
final class TreePacker {
    let tar: TarWriter
    /// Whether what is mounted at a path of the tree is packed too; else it is an empty directory.
    private let entersMount: ([UInt8]) -> Bool
    /// The first path of each file with several names.
    private var firstPaths: [FileIdentity: [UInt8]] = [:]
    /// Bytes of the files that were packed.
    private(set) var fileBytes = 0
    /// How many bytes of holes make a file worth packing as a sparse one.
    private let leastHoles: Int

    private struct FileIdentity: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    init(_ tar: TarWriter, leastHoles: Int = TreePacker.holesOfLayers, entersMount: @escaping ([UInt8]) -> Bool = { _ in true }) {
        self.tar = tar
        self.leastHoles = leastHoles
        self.entersMount = entersMount
    }

    /// For layers, where Docker and Podman read sparse members but cannot write them again as they were (tar-split): only what would otherwise be
    /// a burden is packed so.
    static let holesOfLayers = 16 << 20
    /// For copies.
    static let holesOfCopies = 64 << 10

    /// Packs everything below an open directory, but not the directory itself.
    ///
    /// - Parameters:
    ///   - path: what stands before the names in the tar, ending in a slash; empty for the top.
    ///   - place: the directory's own path in the tree, for `entersMount`.
    func packContents(of directory: borrowing OwnedFD, as path: [UInt8], place: [UInt8]) throws(ApusError) {
        let device = try status(of: directory.raw).st_dev
        for name in try sortedNames(directory, shown(path)) {
            // What vanished since the look at the directory is not part of it any more.
            guard let found = try status(of: name, in: directory.raw) else { continue }
            let (memberPath, memberPlace) = (path + name, place + name)
            try pack(name, in: directory.raw, found, as: memberPath)
            guard found.isDirectory, found.st_dev == device || entersMount(memberPlace) else { continue }
            let child = try openChild(name, in: directory.raw)
            try packContents(of: child, as: memberPath + [UInt8(ascii: "/")], place: memberPlace + [UInt8(ascii: "/")])
        }
    }

    /// Packs what a name is; of a directory its own look only.
    func pack(_ name: [UInt8], in directory: Int32, _ status: FileStatus, as path: [UInt8]) throws(ApusError) {
        guard status.kind != S_IFSOCK else { return }
        var entry = TarEntry(path: path, status)
        if status.isDirectory {
            let fd = try openChild(name, in: directory)
            return try packDirectory(fd, entry)
        }
        if status.st_nlink > 1, let first = firstPaths.updateValue(path, forKey: FileIdentity(device: status.st_dev, inode: status.st_ino)) {
            firstPaths[FileIdentity(device: status.st_dev, inode: status.st_ino)] = first
            entry.kind = .hardLink
            entry.linkTarget = first
            entry.size = 0
            return try tar.add(entry)
        }
        switch entry.kind {
        case .file: try packFile(name, in: directory, entry)
        case .symbolicLink:
            entry.linkTarget = try linkTarget(of: name, in: directory)
            try tar.add(entry)
        default: try tar.add(entry)
        }
    }

    /// Packs an open directory's own look.
    func packDirectory(_ fd: borrowing OwnedFD, _ entry: TarEntry) throws(ApusError) {
        var entry = entry
        entry.attributes = try attributes(of: fd.raw).filter(\.isKept)
        try tar.add(entry)
    }

    private func packFile(_ name: [UInt8], in directory: Int32, _ entry: TarEntry) throws(ApusError) {
        var entry = entry
        // Whoever can write there may have put something else in its place: a FIFO must not hold us up.
        let file = OwnedFD(
            adopting: try systemCall("cannot open \(shown(entry.path))") {
                unsafe withName(name) { unsafe apus_openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0) }
            })
        let now = try status(of: file.raw)
        guard now.kind == S_IFREG else { throw ApusError(.conflict, "\(shown(entry.path)) became something else while it was read") }
        entry.size = now.st_size
        entry.attributes = try attributes(of: file.raw).filter(\.isKept)
        if now.holes >= leastHoles {
            let runs = try SparseMap(of: file.raw, size: entry.size, name: shown(entry.path)).runs
            if entry.size - runs.reduce(0, { $0 + $1.length }) >= leastHoles { entry.dataRuns = runs }
        }
        try tar.begin(entry)
        try tar.copyBody(from: file.raw, runs: entry.dataRuns, name: shown(entry.path))
        fileBytes = fileBytes.addingSaturated(entry.size)
    }
}

/// The names in an open directory in the order of their bytes.
func sortedNames(_ directory: borrowing OwnedFD, _ name: @autoclosure () -> String) throws(ApusError) -> [[UInt8]] {
    try rawDirectoryEntries(directory, name: name()).map { $0.dropLast() }.sorted { $0.lexicographicallyPrecedes($1) }
}

/// The target of a symbolic link in an open directory.
func linkTarget(of name: [UInt8], in directory: Int32) throws(ApusError) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = try systemCall("cannot read link \(shown(name))") {
        unsafe withName(name) { name in
            unsafe target.withUnsafeMutableBytes { room in
                unsafe readlinkat(directory, name, room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), room.count)
            }
        }
    }
    return Array(target[..<length])
}

extension TarEntry {
    /// A member with the look of a file; without its attributes, link target and other names.
    init(path: [UInt8], _ status: FileStatus) {
        let kind: Kind =
            switch status.kind {
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            case S_IFIFO: .fifo
            default: .file
            }
        self.init(
            path: path, kind: kind, mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid, size: kind == .file ? status.st_size : 0,
            modified: status.modified)
        if kind == .characterDevice || kind == .blockDevice {
            deviceMajor = apus_major(status.st_rdev)
            deviceMinor = apus_minor(status.st_rdev)
        }
    }
}
