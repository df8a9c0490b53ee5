import CShim
public import Glibc

/// Opens a file, always close-on-exec (open(2)).
public func openFile(_ path: String, _ flags: Int32, mode: UInt32 = 0o644, at directory: Int32 = AT_FDCWD) throws(ApusError) -> OwnedFD {
    OwnedFD(
        adopting: try systemCall("cannot open \(path)") { unsafe apus_openat(directory, path, flags | O_CLOEXEC, mode) })
}

/// Opens a directory for `*at` calls.
public func openDirectory(_ path: String, at directory: Int32 = AT_FDCWD) throws(ApusError) -> OwnedFD {
    try openFile(path, O_RDONLY | O_DIRECTORY, at: directory)
}

/// The whole of an open file, at most `limit` bytes.
///
/// - Throws: `ApusError` with EFBIG's sentence when the file is longer.
public func readAll(_ fd: borrowing OwnedFD, limit: Int = 16 << 20, name: @autoclosure () -> String) throws(ApusError) -> [UInt8] {
    let raw = fd.raw
    var content = [UInt8]()
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
        let count = try systemCall("cannot read \(name())") { unsafe read(raw, &chunk, chunk.count) }
        if count == 0 { return content }
        content += chunk[..<count]
        if content.count > limit { throw ApusError(.malformed, "cannot read \(name()): it is longer than \(limit) bytes") }
    }
}

/// The whole of the file at `path`.
public func readFile(_ path: String, at directory: Int32 = AT_FDCWD, limit: Int = 16 << 20) throws(ApusError) -> [UInt8] {
    try readAll(openFile(path, O_RDONLY, at: directory), limit: limit, name: path)
}

/// The text of a small file of the kernel or of ours, without the last line feed.
public func readText(_ path: String, at directory: Int32 = AT_FDCWD) throws(ApusError) -> String {
    var bytes = try readFile(path, at: directory)
    if bytes.last == 10 { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
}

/// Writes all bytes to an open descriptor.
public func writeAll(_ fd: Int32, _ bytes: [UInt8], name: @autoclosure () -> String) throws(ApusError) {
    var done = 0
    while done < bytes.count {
        done += try systemCall("cannot write \(name())") {
            unsafe bytes.withUnsafeBytes { buffer in unsafe write(fd, buffer.baseAddress! + done, buffer.count - done) }
        }
    }
}

/// How much of a power cut a replaced file must survive.
public enum Durability: Sendable {
    /// The rename alone: whole or not there after a crash of ours, undefined after a power cut.
    case rename
    /// As `rename`, for what a reboot removes anyway: ext4 would write the new content to the disk at once when it replaces a file by rename.
    case volatile
    /// Content and name are on the disk when the call returns.
    case synced
}

/// Replaces the file at `path` in one step: written beside its place, then renamed.
public func replaceFile(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o644, at directory: Int32 = AT_FDCWD, durability: Durability = .rename
) throws(ApusError) {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
    do {
        let fd = try openFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode, at: directory)
        try writeAll(fd.raw, bytes, name: temporary)
        if durability == .synced { try systemCall("cannot sync \(temporary)") { [raw = fd.raw] in fsync(raw) } }
        try fd.close(temporary)
        if durability == .volatile {
            let status = unsafe apus_exchange(directory, temporary, path)
            if status == 0 {
                unsafe unlinkat(directory, temporary, 0)
                return
            }
            // There was none yet, or the file system cannot.
        }
        try systemCall("cannot rename \(temporary) to \(path)") { unsafe renameat(directory, temporary, directory, path) }
        if durability == .synced { try syncDirectory(of: path, at: directory) }
    } catch {
        unsafe unlinkat(directory, temporary, 0)
        throw error
    }
}

private func syncDirectory(of path: String, at directory: Int32) throws(ApusError) {
    let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let fd = try openDirectory(parent, at: directory)
    try systemCall("cannot sync directory \(parent)") { [raw = fd.raw] in fsync(raw) }
}

/// Makes a directory and the missing ones above it.
public func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(ApusError) {
    if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
    let number = errno
    guard number == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
        throw ApusError(errno: number, "cannot make directory \(path)")
    }
    try makeDirectories(String(path[..<slash]), mode: mode)
    if unsafe mkdir(path, mode) != 0 && errno != EEXIST {
        let number = errno
        throw ApusError(errno: number, "cannot make directory \(path)")
    }
}

/// Whether something is at `path`; a dangling link counts as something.
public func fileExists(_ path: String, at directory: Int32 = AT_FDCWD) -> Bool {
    var status = stat()
    return unsafe fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0
}

/// The target of a symbolic link.
public func readLink(_ path: String, at directory: Int32 = AT_FDCWD) throws(ApusError) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = try systemCall("cannot read link \(path)") {
        unsafe buffer.withUnsafeMutableBytes { room in
            unsafe readlinkat(directory, path, room.baseAddress!.assumingMemoryBound(to: CChar.self), room.count)
        }
    }
    return String(decoding: buffer[..<count], as: UTF8.self)
}

/// O_PATH of open(2): the descriptor names a place and opens nothing.
///
/// Swift's Glibc does not show the macro.
public let openPathOnly: Int32 = 0o10000000
