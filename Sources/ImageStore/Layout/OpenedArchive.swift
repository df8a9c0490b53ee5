import CShim
import Glibc
import LinuxSystem
import OCISpec

/// An archive after the look at its first bytes.
enum OpenedArchive {
    /// Images: their documents and layers by name.
    case images(any ArchiveFiles)
    /// The tar of one root filesystem, as it came and with its compression.
    case rootfs(any ByteSource, Compression)

    /// As much as is looked at: a whole block of bzip2 must fit.
    private static let prefixSize = 1 << 20

    static func open(_ archive: ImageArchive, in workspace: Workspace, _ budget: UnpackBudget) throws(ApusError) -> OpenedArchive {
        let file: SharedFile
        switch archive {
        case .path(let path):
            let fd = try openFile(path, O_RDONLY)
            if try status(of: fd.raw).isDirectory { return try directory(fd, name: path) }
            file = SharedFile(fd, name: path)
        case .descriptor(let raw, let name):
            let fd = OwnedFD(adopting: try systemCall("cannot read \(name)") { apus_fcntl(raw, F_DUPFD_CLOEXEC, 3) })
            if try status(of: fd.raw).isDirectory { return try directory(openDirectory(".", at: raw), name: name) }
            file = SharedFile(fd, name: name)
        }
        return try stream(file, in: workspace, budget)
    }

    private static func directory(_ fd: consuming OwnedFD, name: String) throws(ApusError) -> OpenedArchive {
        let files = DirectoryFiles(fd, name: name)
        // The last is of an image without a name in Docker's first form.
        let layer = try files.directories().first { Digest(hex: $0) != nil }.map { "\($0)/layer.tar" }
        for known in ["index.json", "manifest.json", "repositories"] + (layer.map { [$0] } ?? []) {
            if try files.find(known) != nil { return .images(files) }
        }
        throw ApusError(.malformed, "the directory has no index.json and is no OCI layout", hint: "pack a root filesystem with tar -C DIRECTORY -c .")
    }

    private static func stream(_ file: SharedFile, in workspace: Workspace, _ budget: UnpackBudget) throws(ApusError) -> OpenedArchive {
        let status = try status(of: file.fd.raw)
        let isFile = status.kind == S_IFREG
        let start = isFile ? max(0, lseek(file.fd.raw, 0, SEEK_CUR)) : 0
        let size = max(0, status.st_size - start)
        let rest: any ByteSource = isFile ? RegionSource(file, offset: start, size: size) : FileSource(file)
        let prefix = try readPrefix(rest)
        if prefix.isEmpty { throw ApusError(.malformed, "the archive is empty") }
        let compression = Compression(sniffing: prefix)
        let whole = PrefixedSource(prefix, then: rest)
        guard try holdsImages(prefix, compression) else { return .rootfs(whole, compression) }
        if isFile && compression == .none { return .images(try TarFiles(scanning: file, offset: start, size: size)) }
        let counted = MeteredSource(whole, ProgressMeter(total: nil))
        let plain = HashingSource(
            try compression.plain(counted, size: isFile ? size : nil), budget: budget,
            packed: compression == .none ? nil : { isFile ? size : counted.count })
        return .images(try TarFiles(settingAside: plain, in: workspace))
    }

    private static func readPrefix(_ source: any ByteSource) throws(ApusError) -> [UInt8] {
        var prefix = [UInt8]()
        let buffer = ByteBuffer(capacity: sourceBufferSize)
        while prefix.count < prefixSize {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<min(sourceBufferSize, prefixSize - prefix.count)])
            let count = try unsafe source.read(into: room)
            if count == 0 { break }
            unsafe prefix.append(contentsOf: room[..<count])
        }
        return prefix
    }

    /// Whether the first member, the directory itself aside, has a name of an image archive; every other tar is a root filesystem.
    ///
    /// - Throws: `.malformed` where there is no tar header.
    static func holdsImages(_ prefix: [UInt8], _ compression: Compression) throws(ApusError) -> Bool {
        let tar = TarReader(try compression.plain(PrefixedSource(prefix, then: nil), size: 0), needsEndMarker: false)
        do throws(ApusError) {
            var isEmpty = true
            while let entry = try tar.next() {
                isEmpty = false
                let components = entry.path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
                if let first = components.first { return isImageArchiveName(String(decoding: first, as: UTF8.self)) }
            }
            // A first member may be longer than the prefix; zeros are the end of a tar.
            let isWhole = prefix.count < prefixSize
            let isEnd = prefix.prefix(1024).allSatisfy { $0 == 0 }
            if isEmpty, isWhole || isEnd { throw ApusError(.notFound, "the archive is empty") }
            return false
        } catch  where error.code == .malformed {
            throw ApusError(.malformed, "neither an image archive nor the tar of a root filesystem (\(error.message))")
        }
    }

    private static func isImageArchiveName(_ name: String) -> Bool {
        if ["blobs", "index.json", "oci-layout", "manifest.json", "repositories"].contains(name) { return true }
        let ending = name.dropFirst(64)
        return Digest(hex: String(name.prefix(64))) != nil && (ending.isEmpty || ending == ".json" || ending == ".tar")
    }
}
