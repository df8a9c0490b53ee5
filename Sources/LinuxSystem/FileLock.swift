import CShim
import Glibc

/// A lock that lives as long as any descriptor of its open file, in whatever process: after kill -9 of all holders it is free.
public enum FileLock {
    /// Takes the lock of the file at `path`, made if missing; nil when somebody holds it.
    public static func take(_ path: String) throws(ApusError) -> OwnedFD? {
        let fd = try openFile(path, O_RDWR | O_CREAT, mode: 0o600)
        do {
            try systemCall("cannot lock \(path)") { [raw = fd.raw] in apus_lock_try(raw) }
        } catch  where error.errno == EAGAIN || error.errno == EACCES {
            return nil
        }
        return fd
    }

    /// Takes the lock of the file at `path`, made if missing, once nobody else holds it.
    public static func wait(_ path: String) throws(ApusError) -> OwnedFD {
        let fd = try openFile(path, O_RDWR | O_CREAT, mode: 0o600)
        try systemCall("cannot lock \(path)") { [raw = fd.raw] in apus_lock_wait(raw) }
        return fd
    }

    /// Whether somebody holds the lock; false where there is no such file.
    public static func isHeld(_ path: String) throws(ApusError) -> Bool {
        let fd: OwnedFD
        do { fd = try openFile(path, O_RDWR) } catch  where error.errno == ENOENT { return false }
        return try systemCall("cannot look at the lock \(path)") { [raw = fd.raw] in apus_lock_held(raw) } == 1
    }
}
