import CShim
import Glibc
import LinuxSystem

// Calls on one name in an open directory. Names are bytes from archives; none of these calls follows a link.

/// `stat`, whose name the function shadows.
typealias FileStatus = stat

extension FileStatus {
    var kind: mode_t { st_mode & S_IFMT }
    var isDirectory: Bool { kind == S_IFDIR }
    /// The mark of overlayfs for a deleted name: a character device 0:0.
    var isWhiteout: Bool { kind == S_IFCHR && st_rdev == 0 }
    var modified: Timestamp { Timestamp(seconds: st_mtim.tv_sec, nanoseconds: st_mtim.tv_nsec) }
}

/// Calls `body` with a name as C wants it.
func withName<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    // LayerPath refuses NULs, so the C string is the whole name.
    unsafe (name + [0]).withUnsafeBytes { bytes in
        let base = unsafe bytes.baseAddress.unsafelyUnwrapped
        return unsafe body(base.assumingMemoryBound(to: CChar.self))
    }
}

/// The status of a name; nil where there is nothing.
func status(of name: [UInt8], in directory: Int32) throws(ApusError) -> FileStatus? {
    var result = FileStatus()
    let answer = unsafe withName(name) { unsafe fstatat(directory, $0, &result, AT_SYMLINK_NOFOLLOW) }
    if answer == 0 { return result }
    let number = errno
    if number == ENOENT { return nil }
    throw ApusError(errno: number, "cannot look at \(shown(name))")
}

/// The status of an open file.
func status(of fd: Int32) throws(ApusError) -> FileStatus {
    var result = FileStatus()
    try systemCall("cannot look at an open file") { unsafe fstat(fd, &result) }
    return result
}

/// Opens a directory by its one name; never through a link.
func openChild(_ name: [UInt8], in directory: Int32) throws(ApusError) -> OwnedFD {
    let fd = try systemCall("cannot open directory \(shown(name))") {
        unsafe withName(name) { unsafe apus_openat(directory, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0) }
    }
    return OwnedFD(adopting: fd)
}

func unlinkName(_ name: [UInt8], in directory: Int32) throws(ApusError) {
    try systemCall("cannot remove \(shown(name))") { unsafe withName(name) { unsafe unlinkat(directory, $0, 0) } }
}

/// Removes a name with all below it.
func removeName(_ name: [UInt8], in directory: Int32) throws(ApusError) {
    guard try status(of: name, in: directory)?.isDirectory == true else { return try unlinkName(name, in: directory) }
    let child = try openChild(name, in: directory)
    for entry in try rawDirectoryEntries(child, name: shown(name)) { try removeName(entry.dropLast(), in: child.raw) }
    try systemCall("cannot remove directory \(shown(name))") {
        unsafe withName(name) { unsafe unlinkat(directory, $0, AT_REMOVEDIR) }
    }
}

/// Sets both times of a name, or of the directory itself by `name` nil, to `time`.
func setTime(_ time: Timestamp, of name: [UInt8]? = nil, in directory: Int32) throws(ApusError) {
    let moment = timespec(tv_sec: time.seconds, tv_nsec: time.nanoseconds)
    let times = [moment, moment]
    try systemCall("cannot set the time of \(shown(name ?? []))") {
        unsafe times.withUnsafeBufferPointer { both in
            guard let name else { return unsafe futimens(directory, both.baseAddress) }
            return unsafe withName(name) { unsafe utimensat(directory, $0, both.baseAddress, AT_SYMLINK_NOFOLLOW) }
        }
    }
}

/// Sets an extended attribute of an open file.
func setAttribute(_ attribute: ExtendedAttribute, of fd: Int32) throws(ApusError) {
    try systemCall("cannot set attribute \(shown(attribute.name))") {
        unsafe withName(attribute.name) { name in
            unsafe attribute.value.withUnsafeBytes { unsafe apus_fsetxattr(fd, name, $0.baseAddress, $0.count) }
        }
    }
}

/// The extended attributes of an open file.
func attributes(of fd: Int32) throws(ApusError) -> [ExtendedAttribute] {
    var names = [UInt8](repeating: 0, count: 64 << 10)
    let length = unsafe names.withUnsafeMutableBytes { unsafe apus_flistxattr(fd, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    if length < 0 {
        let number = errno
        if number == ENOTSUP { return [] }
        throw ApusError(errno: number, "cannot list attributes")
    }
    var result = [ExtendedAttribute]()
    for name in names[..<length].split(separator: 0) {
        var value = [UInt8](repeating: 0, count: 64 << 10)
        let size = try systemCall("cannot read attribute \(shown(name))") {
            unsafe withName(Array(name)) { text in unsafe value.withUnsafeMutableBytes { unsafe apus_fgetxattr(fd, text, $0.baseAddress, $0.count) } }
        }
        result.append(ExtendedAttribute(name: Array(name), value: Array(value[..<size])))
    }
    return result
}

/// Waits until everything written to the file system of `path` is on its disk.
func syncFileSystem(_ path: String) throws(ApusError) {
    let directory = try openDirectory(path)
    try systemCall("cannot sync the file system of \(path)") { [raw = directory.raw] in apus_syncfs(raw) }
}
