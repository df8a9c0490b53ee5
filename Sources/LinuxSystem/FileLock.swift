import CShim
import Glibc

/// A lock that lives as long as any descriptor of its open file, in whatever process: after kill -9 of all holders it is free.
public enum FileLock {
    /// Takes the lock of the file at `path`, made if missing; nil when somebody holds it.
    ///
    /// A holder may remove the file: who then gets the lock of the removed one tries again, so that never two hold the lock of one path.
    public static func take(_ path: String) throws(ApusError) -> OwnedFD? {
        while true {
            let fd = try openFile(path, O_RDWR | O_CREAT, mode: 0o600)
            do {
                try systemCall("cannot lock \(path)") { [raw = fd.raw] in apus_lock_try(raw) }
            } catch  where error.errno == EAGAIN || error.errno == EACCES {
                return nil
            }
            var (locked, present) = (stat(), stat())
            try systemCall("cannot look at the lock \(path)") { [raw = fd.raw] in unsafe fstat(raw, &locked) }
            if unsafe stat(path, &present) == 0, present.st_ino == locked.st_ino, present.st_dev == locked.st_dev { return fd }
        }
    }

    /// Whether somebody holds the lock; false where there is no such file.
    public static func isHeld(_ path: String) throws(ApusError) -> Bool {
        let fd: OwnedFD
        do { fd = try openFile(path, O_RDWR) } catch  where error.errno == ENOENT { return false }
        return try systemCall("cannot look at the lock \(path)") { [raw = fd.raw] in apus_lock_held(raw) } == 1
    }
}
