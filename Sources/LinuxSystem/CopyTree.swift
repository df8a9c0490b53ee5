import CShim
import Glibc

/// Copies all that is in one directory into another, empty one, and then the directory's own owner, mode, times and attributes.
///
/// Names are looked up by descriptors and no link is followed, so nothing outside of the two is read or written. Hard links within the tree,
/// holes in files, owners, modes, times, ACLs, capabilities and `user.` attributes are kept. Mounts in the source are copied as what they show.
///
/// - Parameter name: the source as a user knows it.
/// - Throws: `ApusError` naming what below it could not be copied.
public func copyTree(_ source: borrowing OwnedFD, into target: borrowing OwnedFD, name: String) throws(ApusError) {
    var copy = TreeCopy(root: target.raw)
    try copy.copyContent(of: source, to: target.raw, path: [], shown: name)
    try copyAttributes(from: source.raw, to: target.raw, name: name)
}

private struct TreeCopy {
    private struct Inode: Hashable {
        let device: dev_t
        let number: ino_t
    }

    /// The target's top directory.
    let root: Int32
    /// Where files with several names were copied to, from the top.
    private var copied: [Inode: [UInt8]] = [:]

    init(root: Int32) { self.root = root }

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
        var status = stat()
        try systemCall("cannot look at \(shown)") { unsafe withCString(name) { unsafe fstatat(source, $0, &status, AT_SYMLINK_NOFOLLOW) } }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            try systemCall("cannot make the copy of \(shown)") { unsafe withCString(name) { unsafe mkdirat(target, $0, 0o700) } }
            let from = try open(name, O_RDONLY | O_DIRECTORY, in: source, shown)
            let to = try open(name, O_RDONLY | O_DIRECTORY, in: target, shown)
            try copyContent(of: from, to: to.raw, path: path.dropLast() + [UInt8(ascii: "/")], shown: shown)
            try copyAttributes(from: from.raw, to: to.raw, name: shown)
        case S_IFREG:
            let inode = Inode(device: status.st_dev, number: status.st_ino)
            if status.st_nlink > 1, let other = copied.updateValue(path, forKey: inode) {
                try systemCall("cannot link the copy of \(shown)") {
                    unsafe withCString(other) { old in unsafe withCString(name) { unsafe linkat(root, old, target, $0, 0) } }
                }
                return
            }
            let from = try open(name, O_RDONLY | O_NONBLOCK, in: source, shown)
            let to = try open(name, O_WRONLY | O_CREAT | O_EXCL, in: target, shown)
            try copyData(from: from.raw, to: to.raw, size: status.st_size, shown)
            try copyAttributes(from: from.raw, to: to.raw, name: shown)
            try to.close(shown)
        default:
            try copyNode(name, status, from: source, to: target, shown)
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
        let times = [status.st_atim, status.st_mtim]
        try systemCall("cannot set the times of the copy of \(shown)") {
            unsafe withCString(name) { unsafe utimensat(target, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    private func open(_ name: [UInt8], _ flags: Int32, in directory: Int32, _ shown: String) throws(ApusError) -> OwnedFD {
        OwnedFD(
            adopting: try systemCall("cannot open \(shown)") {
                unsafe withCString(name) { unsafe apus_openat(directory, $0, flags | O_NOFOLLOW | O_CLOEXEC, 0o600) }
            })
    }

    /// Copies what is no hole (lseek(2), SEEK_DATA).
    private func copyData(from source: Int32, to target: Int32, size: off_t, _ shown: String) throws(ApusError) {
        let (seekData, seekHole): (Int32, Int32) = (3, 4)  // Swift's Glibc does not show the macros
        var end: off_t = 0
        while end < size {
            var start = lseek(source, end, seekData)
            if start < 0 && errno == ENXIO { break }
            start = max(start, end)
            let hole = lseek(source, start, seekHole)
            end = hole > start ? min(hole, size) : size
            try systemCall("cannot seek in the copy of \(shown)") { lseek(target, start, SEEK_SET) }
            while start < end {
                let count = try systemCall("cannot copy \(shown)") { unsafe sendfile(target, source, &start, Int(end - start)) }
                if count == 0 { return }  // it became shorter
            }
        }
        try systemCall("cannot set the length of the copy of \(shown)") { ftruncate(target, size) }
    }
}

/// Gives an open file or directory the owner, mode, attributes and times of another.
///
/// - Parameter name: what is copied, as a user knows it.
public func copyAttributes(from source: Int32, to target: Int32, name: String) throws(ApusError) {
    var status = stat()
    try systemCall("cannot look at \(name)") { unsafe fstat(source, &status) }
    try systemCall("cannot set the owner of the copy of \(name)") { fchown(target, status.st_uid, status.st_gid) }
    // After chown(2), which drops setuid, setgid and capabilities.
    try systemCall("cannot set the mode of the copy of \(name)") { fchmod(target, status.st_mode & 0o7777) }
    var names = [UInt8](repeating: 0, count: 64 << 10)
    let length = unsafe names.withUnsafeMutableBytes { unsafe apus_flistxattr(source, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
    let number = errno
    if length < 0 && number != ENOTSUP { throw ApusError(errno: number, "cannot list the attributes of \(name)") }
    for attribute in names[..<max(0, length)].split(separator: 0) where isKept(attribute) {
        let attribute = Array(attribute) + [0]
        var value = [UInt8](repeating: 0, count: 64 << 10)
        let size = try systemCall("cannot read an attribute of \(name)") {
            unsafe withCString(attribute) { text in unsafe value.withUnsafeMutableBytes { unsafe apus_fgetxattr(source, text, $0.baseAddress, $0.count) } }
        }
        try systemCall("cannot set an attribute of the copy of \(name)") {
            unsafe withCString(attribute) { text in unsafe value.withUnsafeBytes { unsafe apus_fsetxattr(target, text, $0.baseAddress, size) } }
        }
    }
    let times = [status.st_atim, status.st_mtim]
    try systemCall("cannot set the times of the copy of \(name)") { unsafe futimens(target, times) }
}

/// Labels of security modules and marks of file systems belong to the host.
private func isKept(_ attribute: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: attribute, as: UTF8.self)
    return text.hasPrefix("user.") || ["security.capability", "system.posix_acl_access", "system.posix_acl_default"].contains(text)
}

/// Calls `body` with NUL-terminated bytes as C wants them.
private func withCString<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes { unsafe body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
}
