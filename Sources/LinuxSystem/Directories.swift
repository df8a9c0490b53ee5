import CShim
public import Glibc

/// The names in an open directory, without `.` and `..`, in the kernel's order.
///
/// Names are bytes as the file system has them; ones that are no UTF-8 come back repaired and cannot be opened by that string.
public func directoryEntries(_ directory: borrowing OwnedFD, name: @autoclosure () -> String) throws(ApusError) -> [String] {
    try rawDirectoryEntries(directory, name: name()).map { bytes in String(decoding: bytes.dropLast(), as: UTF8.self) }
}

/// The names in an open directory as NUL-terminated bytes, without `.` and `..`.
public func rawDirectoryEntries(_ directory: borrowing OwnedFD, name: @autoclosure () -> String) throws(ApusError) -> [[CChar8]] {
    // A descriptor of our own: fdopendir takes it over and moves its offset.
    let copy = try openDirectory(".", at: directory.raw)
    guard let stream = unsafe fdopendir(copy.take()) else {
        let number = errno
        throw ApusError(errno: number, "cannot list \(name())")
    }
    defer { unsafe closedir(stream) }
    var names = [[CChar8]]()
    while true {
        errno = 0
        guard let entry = unsafe readdir(stream) else {
            let number = errno
            if number != 0 { throw ApusError(errno: number, "cannot list \(name())") }
            return names
        }
        let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in unsafe Array(raw.prefix(while: { $0 != 0 })) + [0] }
        if bytes != [46, 0] && bytes != [46, 46, 0] { names.append(bytes) }
    }
}

/// One byte of a NUL-terminated name.
public typealias CChar8 = UInt8

/// The names in the directory at `path`; empty where there is no such directory.
public func listDirectory(_ path: String) throws(ApusError) -> [String] {
    let directory: OwnedFD
    do { directory = try openDirectory(path) } catch  where error.errno == ENOENT { return [] }
    return try directoryEntries(directory, name: path)
}

/// Removes what is at `path` and all below it, never following a link and never crossing into another file system's mount by name.
///
/// What is gone already is no error.
public func removeTree(_ path: String, at directory: Int32 = AT_FDCWD) throws(ApusError) {
    try removeTree(Array(path.utf8) + [0], at: directory, shown: path)
}

private func removeTree(_ name: [UInt8], at directory: Int32, shown: String) throws(ApusError) {
    let unlinked = unsafe name.withUnsafeBytes { bytes in
        unsafe unlinkat(directory, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), 0)
    }
    if unlinked == 0 || errno == ENOENT { return }
    let number = errno
    guard number == EISDIR || number == EPERM else { throw ApusError(errno: number, "cannot remove \(shown)") }
    let opened = unsafe name.withUnsafeBytes { bytes in
        unsafe apus_openat(directory, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
    }
    guard opened >= 0 else { throw ApusError(errno: number, "cannot remove \(shown)") }
    let fd = OwnedFD(adopting: opened)
    for entry in try rawDirectoryEntries(fd, name: shown) {
        try removeTree(entry, at: fd.raw, shown: "\(shown)/\(String(decoding: entry.dropLast(), as: UTF8.self))")
    }
    let removed = unsafe name.withUnsafeBytes { bytes in
        unsafe unlinkat(directory, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), AT_REMOVEDIR)
    }
    if removed != 0 && errno != ENOENT {
        let number = errno
        throw ApusError(errno: number, "cannot remove directory \(shown)")
    }
}
