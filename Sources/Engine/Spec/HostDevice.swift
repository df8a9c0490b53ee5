import CShim
import Glibc
import LinuxSystem

/// A device node of the host.
struct HostDevice: Equatable {
    /// `c` or `b`.
    let type: String
    let major: Int64
    let minor: Int64
    /// The permission bits.
    let mode: UInt32
    let uid: UInt32
    let gid: UInt32

    /// Reads the node at `path`, following links as `--device /dev/cdrom` needs it.
    init(path: String) throws(ApusError) {
        var status = stat()
        try systemCall("cannot use device \(path)") { unsafe stat(path, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFCHR: type = "c"
        case S_IFBLK: type = "b"
        default: throw ApusError(.invalidArgument, "cannot use device \(path): it is no device node")
        }
        major = Int64(apus_major(status.st_rdev))
        minor = Int64(apus_minor(status.st_rdev))
        mode = status.st_mode & 0o7777
        uid = status.st_uid
        gid = status.st_gid
    }
}
