internal import Glibc
public import LinuxSystem

extension AccountDatabase {
    /// The most bytes of either file that are read.
    public static let sizeLimit = 4 << 20

    /// Reads /etc/passwd and /etc/group of a root filesystem, which may be a detached mount and is not trusted.
    ///
    /// Links stay inside the root. Only regular files are opened: a FIFO would block, and opening a device may do things to the host.
    ///
    /// - Throws: `ApusError` for another kind of file and for one above `sizeLimit`; a file that is not there is empty.
    public init(root: borrowing OwnedFD) throws(ApusError) {
        self.init(passwd: try AccountDatabase.read("/etc/passwd", in: root), group: try AccountDatabase.read("/etc/group", in: root))
    }

    private static func read(_ path: String, in root: borrowing OwnedFD) throws(ApusError) -> [UInt8] {
        let place: OwnedFD
        do {
            place = try openInRoot(root, path, pathOnly)
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return []
        }
        var status = stat()
        let raw = place.raw
        try systemCall("cannot examine \(path) in the root filesystem") { unsafe fstat(raw, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ApusError(.malformed, "cannot read \(path) in the root filesystem: it is no regular file")
        }
        return try readAll(openFile("/proc/self/fd/\(raw)", O_RDONLY), limit: sizeLimit, name: "\(path) in the root filesystem")
    }
}

// O_PATH, which Glibc's module does not show: a place in the tree, without opening what is there (open(2)).
private let pathOnly: Int32 = 0o10000000
