import Glibc
import LinuxSystem

extension CgroupTree {
    /// The numbers in a file of a cgroup and of all below it; empty where it is gone.
    func numbers(in file: String, of path: String) throws(ApusError) -> [Int32] {
        var found = [Int32]()
        do {
            found = try read("\(path)/\(file)").split(separator: "\n").compactMap { Int32($0) }
        } catch  where error.errno == ENOENT || error.errno == ENODEV || error.errno == EOPNOTSUPP {
            // Gone in the meantime, or a threaded cgroup, whose processes the one above lists.
        }
        for child in try children(of: path) { found += try numbers(in: file, of: child) }
        return found
    }

    /// Removes a cgroup with all below it; what is gone already is no error.
    ///
    /// The kernel reports a cgroup busy for a moment after its last process: that is waited for.
    func removeAll(_ path: String, _ deadline: Deadline) throws(ApusError) {
        while true {
            do {
                return try removeDirectory(path)
            } catch  where error.errno == ENOENT {
                return
            } catch  where error.errno == EBUSY || error.errno == ENOTEMPTY {
                let children = try children(of: path)
                for child in children { try removeAll(child, deadline) }
                if children.isEmpty && !deadline.wait() {
                    let processes = try numbers(in: "cgroup.procs", of: path).map(String.init)
                    let shown = processes.prefix(8).joined(separator: ", ") + (processes.count > 8 ? ", ..." : "")
                    throw ApusError(errno: error.errno, "cannot remove cgroup \(path)", hint: processes.isEmpty ? nil : "processes are in it: \(shown)")
                }
            }
        }
    }
}

/// A bounded wait with growing pauses.
final class Deadline {
    private let end: UInt64
    private var pause: UInt32 = 100

    init(seconds: Double) {
        end = monotonicNanoseconds() &+ UInt64(max(0, min(seconds, 3600)) * 1e9)
    }

    /// Pauses; false when the time is over.
    func wait() -> Bool {
        if monotonicNanoseconds() >= end { return false }
        usleep(pause)
        pause = min(pause * 2, 20_000)
        return true
    }
}
