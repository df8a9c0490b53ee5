import Glibc
import LinuxSystem
import Synchronization

/// What a load found in the store and relies on: removals leave it until the load is done (flock(2)).
final class StorePins: Sendable {
    private let held = Mutex<[String: SharedFile]>([:])

    /// Holds a layer's directory or a blob; false where it is not there.
    func hold(_ path: String) -> Bool {
        if held.withLock({ $0[path] != nil }) { return true }
        guard let fd = try? openFile(path, O_RDONLY) else { return false }
        // Who removes it holds it alone, and has moved it when we get it.
        guard flock(fd.raw, LOCK_SH) == 0, let opened = try? status(of: fd.raw), let now = FileStamp(path: path), now.isFile(opened) else { return false }
        let file = SharedFile(fd, name: path)
        held.withLock { $0[path] = file }
        return true
    }

    /// The lock of something that is about to be removed; nil where a load relies on it.
    static func take(_ path: String) -> OwnedFD? {
        guard let fd = try? openFile(path, O_RDONLY), flock(fd.raw, LOCK_EX | LOCK_NB) == 0 else { return nil }
        return fd
    }
}

extension FileStamp {
    /// Whether it is of this file.
    fileprivate func isFile(_ status: FileStatus) -> Bool {
        numbers[0] == Int(truncatingIfNeeded: status.st_dev) && numbers[1] == Int(truncatingIfNeeded: status.st_ino)
    }
}
