import Glibc
import LinuxSystem

/// Makes and removes groups, which are directories that the kernel fills; a test fills them itself.
struct ResctrlDirectories {
    var make: (String) throws(ApusError) -> Void = { path throws(ApusError) in
        try systemCall("cannot make \(path)") { unsafe mkdir(path, 0o755) }
    }
    var remove: (String) throws(ApusError) -> Void = { path throws(ApusError) in
        try systemCall("cannot remove \(path)") { unsafe rmdir(path) }
    }
}
