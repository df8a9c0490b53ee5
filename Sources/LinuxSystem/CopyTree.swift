import CShim
import Glibc

/// How a tree is copied.
public struct TreeCopyOptions {
    /// Which extended attributes go with the files.
    public var attributes: CopiedAttributes
    /// Called again and again; what it throws ends the copy.
    public var check: () throws(ApusError) -> Void

    /// A copy with what belongs to the files themselves.
    public init(attributes: CopiedAttributes = .ofFiles, check: @escaping () throws(ApusError) -> Void = {}) {
        self.attributes = attributes
        self.check = check
    }
}

/// Copies all that is in one directory into another, empty one, and then the directory's own owner, mode, times and attributes.
///
/// Names are looked up by descriptors and no link is followed, so nothing outside of the two is read or written. Hard links within the tree,
/// holes in files, owners, modes, times and the chosen attributes are kept; access times stay as they were when the copy came by. Where the
/// file system can share blocks, no data is copied. Mounts in the source are copied as what they show.
///
/// - Parameter name: the source as a user knows it.
/// - Throws: `ApusError` naming what below it could not be copied.
public func copyTree(
    _ source: borrowing OwnedFD, into target: borrowing OwnedFD, name: String, _ options: TreeCopyOptions = TreeCopyOptions()
) throws(ApusError) {
    var copy = TreeCopy(root: target.raw, options: options)
    let status = try fileStatus(source.raw, name)
    try copy.copyContent(of: source, to: target.raw, path: [], shown: name)
    try copyAttributes(from: source.raw, to: target.raw, name: name, options.attributes, status)
}

private struct TreeCopy {
    private struct Inode: Hashable {
        let device: dev_t
        let number: ino_t
    }

    /// The target's top directory.
    let root: Int32
    let options: TreeCopyOptions
    /// Where files with several names were copied to, from the top.
    private var copied: [Inode: [UInt8]] = [:]
    /// Whether the file system may share blocks: one refusal tells for all.
    private var shares = true

    init(root: Int32, options: TreeCopyOptions) {
        self.root = root
        self.options = options
    }

    mutating func copyContent(of source: borrowing OwnedFD, to target: Int32, path: [UInt8], shown: String) throws(ApusError) {
        for name in try rawDirectoryEntries(source, name: shown) {
            let text = String(decoding: name.dropLast(), as: UTF8.self)
            try copy(name, from: source.raw, to: target, path: path + name, shown: "\(shown)/\(text)")
        }
    }

    /// - Parameters:
    ///   - name: NUL-terminated, as `path` is.
    ///   - path: the same from the top of the target.
    private mutating func copy(_ name: [UInt8], from source: Int32, to target: Int32, path: [UInt8], shown: String) throws(ApusError) {
        try options.check()
        var status = stat()
        try systemCall("cannot look at \(shown)") { unsafe withCString(name) { unsafe fstatat(source, $0, &status, AT_SYMLINK_NOFOLLOW) } }
        if status.st_mode & S_IFMT == S_IFDIR {
            try systemCall("cannot make the copy of \(shown)") { unsafe withCString(name) { unsafe mkdirat(target, $0, 0o700) } }
            let from = try openSource(name, O_RDONLY | O_DIRECTORY, in: source, shown)
            let to = try open(name, O_RDONLY | O_DIRECTORY, in: target, shown)
            try copyContent(of: from, to: to.raw, path: path.dropLast() + [UInt8(ascii: "/")], shown: shown)
            return try copyAttributes(from: from.raw, to: to.raw, name: shown, options.attributes, status)
        }
        if status.st_nlink > 1 {
            let inode = Inode(device: status.st_dev, number: status.st_ino)
            if let other = copied[inode], try link(other, to: name, in: target, shown) { return }
            copied[inode] = path
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return try copyNode(name, status, from: source, to: target, shown) }
        let from = try openSource(name, O_RDONLY | O_NONBLOCK, in: source, shown)
        let to = try open(name, O_WRONLY | O_CREAT | O_EXCL, in: target, shown)
        try copyData(from: from.raw, to: to.raw, size: status.st_size, shown)
        try copyAttributes(from: from.raw, to: to.raw, name: shown, options.attributes, status)
        try to.close(shown)
    }

    /// One more name for a copied file; false where it has as many as it can.
    private func link(_ other: [UInt8], to name: [UInt8], in target: Int32, _ shown: String) throws(ApusError) -> Bool {
        do {
            try systemCall("cannot link the copy of \(shown)") {
                unsafe withCString(other) { old in unsafe withCString(name) { unsafe linkat(root, old, target, $0, 0) } }
            }
            return true
        } catch  where error.errno == EMLINK {
            return false
        }
    }

    /// Links, FIFOs, sockets and devices.
    private func copyNode(_ name: [UInt8], _ status: stat, from source: Int32, to target: Int32, _ shown: String) throws(ApusError) {
        if status.st_mode & S_IFMT == S_IFLNK {
            var room = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = try systemCall("cannot read link \(shown)") {
                unsafe withCString(name) { name in
                    unsafe room.withUnsafeMutableBytes { unsafe readlinkat(source, name, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
                }
            }
            let destination = room[..<min(length, room.count - 1)] + [0]
            try systemCall("cannot make the copy of \(shown)") {
                unsafe withCString(Array(destination)) { text in unsafe withCString(name) { unsafe symlinkat(text, target, $0) } }
            }
        } else {
            try systemCall("cannot make the copy of \(shown)") {
                unsafe withCString(name) {
                    unsafe apus_mknodat(target, $0, status.st_mode & S_IFMT | 0o600, apus_major(status.st_rdev), apus_minor(status.st_rdev))
                }
            }
        }
        try systemCall("cannot set the owner of the copy of \(shown)") {
            unsafe withCString(name) { unsafe fchownat(target, $0, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) }
        }
        if status.st_mode & S_IFMT != S_IFLNK {
            try systemCall("cannot set the mode of the copy of \(shown)") {
                unsafe withCString(name) { unsafe fchmodat(target, $0, status.st_mode & 0o7777, 0) }
            }
        }
        if options.attributes != .ofFiles {
            let from = try open(name, openPathOnly, in: source, shown)
            let to = try open(name, openPathOnly, in: target, shown)
            try options.attributes.copy(from: from.raw, to: to.raw, name: shown)
        }
        let times = [status.st_atim, status.st_mtim]
        try systemCall("cannot set the times of the copy of \(shown)") {
            unsafe withCString(name) { unsafe utimensat(target, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Opens without a trace in the access time, which not every file system allows.
    private func openSource(_ name: [UInt8], _ flags: Int32, in directory: Int32, _ shown: String) throws(ApusError) -> OwnedFD {
        do { return try open(name, flags | noAccessTime, in: directory, shown) } catch  where error.errno == EPERM {
            return try open(name, flags, in: directory, shown)
        }
    }

    private func open(_ name: [UInt8], _ flags: Int32, in directory: Int32, _ shown: String) throws(ApusError) -> OwnedFD {
        OwnedFD(
            adopting: try systemCall("cannot open \(shown)") {
                unsafe withCString(name) { unsafe apus_openat(directory, $0, flags | O_NOFOLLOW | O_CLOEXEC, 0o600) }
            })
    }

    /// Shares the blocks, or copies what is no hole.
    private mutating func copyData(from source: Int32, to target: Int32, size: off_t, _ shown: String) throws(ApusError) {
        if size == 0 { return }
        if shares && apus_clone_file(target, source) == 0 { return }
        shares = false
        try copyFileData(from: source, to: target, size: size, name: shown, check: options.check)
    }
}

/// O_NOATIME, which Swift's Glibc does not show.
private let noAccessTime: Int32 = 0o1000000

/// Calls `body` with NUL-terminated bytes as C wants them.
func withCString<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes { unsafe body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
}

func fileStatus(_ fd: Int32, _ name: String) throws(ApusError) -> stat {
    var status = stat()
    try systemCall("cannot look at \(name)") { unsafe fstat(fd, &status) }
    return status
}
