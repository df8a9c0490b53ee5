import Glibc

/// The lock of a directory among commands that are done soon (flock(2)): no file is made for it, so it can be held while the directory is removed.
public enum DirectoryLock {
    /// Waits for the lock, which is held until the descriptor closes.
    ///
    /// - Parameter shared: whether others may hold it in the same way.
    /// - Throws: `ApusError` naming the directory where there is none.
    public static func take(_ path: String, shared: Bool = false) throws(ApusError) -> OwnedFD {
        let fd = try openDirectory(path)
        try systemCall("cannot lock directory \(path)") { [raw = fd.raw] in flock(raw, shared ? LOCK_SH : LOCK_EX) }
        return fd
    }
}
