import Glibc
public import LinuxSystem

/// Writes everything below an open directory as a tar, the directory itself only where it looks unusual.
///
/// - Parameter fd: where it goes; it stays the caller's.
public func writeTree(_ root: borrowing OwnedFD, to fd: Int32, name: String) throws(ApusError) {
    let sink = DescriptorSink(fd, name: name)
    let packer = TreePacker(TarWriter(sink))
    let look = try status(of: root.raw)
    if look.st_mode & 0o7777 != 0o755 || look.st_uid != 0 || look.st_gid != 0 {
        try packer.packDirectory(root, TarEntry(path: Array("./".utf8), look))
    }
    try packer.packContents(of: root, as: [], place: [])
    try packer.tar.finish()
    try sink.flush()
}
