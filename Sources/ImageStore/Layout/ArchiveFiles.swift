import Glibc
import LinuxSystem

/// The named files of an image archive, in whatever order and form they came.
protocol ArchiveFiles {
    /// The file at a path such as `blobs/sha256/...`; nil where there is none.
    func find(_ path: String) throws(ApusError) -> ArchiveFile?
    /// The names of the directories at the top.
    func directories() throws(ApusError) -> [String]
}

/// One file of an image archive: a region of a tar, a file of a directory, or a file set aside in the workspace.
struct ArchiveFile: Sendable {
    let container: SharedFile
    let offset: Int
    let size: Int
    /// Where it lies as a file that the store may take over by rename.
    var adoptablePath: String?

    /// Its bytes, from the start at each call.
    func open() -> any ByteSource { RegionSource(container, offset: offset, size: size) }
}

/// An OCI layout, or an unpacked `docker save` archive, as a directory.
struct DirectoryFiles: ArchiveFiles {
    fileprivate let root: SharedFile

    init(_ root: consuming OwnedFD, name: String) {
        self.root = SharedFile(root, name: name)
    }

    func find(_ path: String) throws(ApusError) -> ArchiveFile? {
        let fd: OwnedFD
        do {
            // A FIFO must not hold us up: it is opened without waiting and refused below.
            fd = try openInRoot(root.fd, path, O_RDONLY | O_NONBLOCK, resolve: [.beneath, .noMagicLinks])
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return nil
        } catch  where error.errno == EXDEV {
            throw ApusError(.malformed, "the link \(path) leads outside the archive")
        }
        let status = try status(of: fd.raw)
        guard status.kind == S_IFREG else { throw ApusError(.malformed, "\(path) is no file") }
        return ArchiveFile(container: SharedFile(fd, name: "\(root.name)/\(path)"), offset: 0, size: status.st_size)
    }
}

extension DirectoryFiles {
    func directories() throws(ApusError) -> [String] {
        // What is no directory has no file below it, and is told by that.
        try directoryEntries(root.fd, name: root.name)
    }
}

/// The files of a tar, by name.
final class TarFiles: ArchiveFiles {
    /// The most members of an image archive; each costs memory.
    ///
    /// Images have a few hundred.
    private static let memberLimit = 100_000
    /// The most links that lead to each other.
    private static let linkLimit = 8

    private enum Member {
        case file(ArchiveFile)
        case link([[UInt8]])
    }

    private var members: [String: Member] = [:]

    /// Takes the members of a tar that can be read again: only the headers are read.
    init(scanning file: SharedFile, offset: Int, size: Int) throws(ApusError) {
        let tar = TarReader(RegionSource(file, offset: offset, size: size), needsEndMarker: true)
        while let entry = try tar.next() {
            try add(entry) { ArchiveFile(container: file, offset: offset + tar.bodyOffset, size: entry.size) }
        }
    }

    /// Takes the members of a tar that passes by once: their data is set aside in the workspace.
    init(settingAside source: any ByteSource, in workspace: Workspace) throws(ApusError) {
        let tar = TarReader(source, needsEndMarker: true)
        while let entry = try tar.next() {
            try add(entry) { () throws(ApusError) in
                let path = workspace.newPath("file")
                let fd = try openFile(path, O_RDWR | O_CREAT | O_EXCL)
                while true {
                    let piece = try unsafe tar.body()
                    if unsafe piece.isEmpty { break }
                    try unsafe writeWhole(fd.raw, piece, name: path)
                }
                return ArchiveFile(container: SharedFile(fd, name: path), offset: 0, size: entry.size, adoptablePath: path)
            }
        }
        try tar.reader.drain()
    }

    private func add(_ entry: TarEntry, _ file: () throws(ApusError) -> ArchiveFile) throws(ApusError) {
        do throws(ApusError) {
            let components = try LayerPath(entry.path).components
            switch entry.kind {
            case .directory: return
            case .file:
                guard entry.dataRuns == nil else { throw ApusError(.malformed, "it is a sparse file") }
                members[Self.key(components)] = .file(try file())
            case .symbolicLink: members[Self.key(components)] = .link(try Self.resolve(entry.linkTarget, from: components.dropLast()))
            case .hardLink: members[Self.key(components)] = .link(try LayerPath(entry.linkTarget).components)
            case .characterDevice, .blockDevice, .fifo: throw ApusError(.malformed, "it is no file")
            }
            if members.count > Self.memberLimit { throw ApusError(.malformed, "the archive has more than \(Self.memberLimit) members") }
        } catch {
            throw error.within("entry \(shown(entry.path))")
        }
    }

    func find(_ path: String) throws(ApusError) -> ArchiveFile? {
        var name = Self.key(try LayerPath(Array(path.utf8)).components)
        for _ in 0...Self.linkLimit {
            switch members[name] {
            case .file(let file): return file
            case .link(let target): name = Self.key(target)
            case nil: return nil
            }
        }
        throw ApusError(.malformed, "the link \(path) leads to itself")
    }

    func directories() -> [String] {
        Set(members.keys.compactMap { path in path.firstIndex(of: "/").map { String(path[..<$0]) } }).sorted()
    }

    /// The target of a link in the archive; an error where it leads outside.
    private static func resolve(_ target: [UInt8], from directory: ArraySlice<[UInt8]>) throws(ApusError) -> [[UInt8]] {
        var result = Array(directory)
        if target.first == UInt8(ascii: "/") { throw ApusError(.malformed, "the link leads outside the archive") }
        for part in target.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if !part.elementsEqual("..".utf8) {
                result.append(Array(part))
            } else if result.popLast() == nil {
                throw ApusError(.malformed, "the link leads outside the archive")
            }
        }
        return result
    }

    private static func key(_ components: [[UInt8]]) -> String {
        String(decoding: Array(components.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
    }
}
