import Glibc
public import LinuxSystem

extension Cgroup {
    /// The processes in the cgroup and in those below it, each once; empty where it is gone.
    public func processes() throws(ApusError) -> [Int32] {
        guard let home else { return [] }
        return try numbers(in: "cgroup.procs", of: home)
    }

    /// The numbers in a file of a cgroup and of all below it.
    func numbers(in file: String, of path: String) throws(ApusError) -> [Int32] {
        var found = [Int32]()
        do {
            found = try tree.read("\(path)/\(file)").split(separator: "\n").compactMap { Int32($0) }
        } catch  where error.errno == ENOENT || error.errno == ENODEV || error.errno == EOPNOTSUPP {
            // Gone in the meantime, or a threaded cgroup, whose processes the one above lists.
        }
        for child in try tree.children(of: path) { found += try numbers(in: file, of: child) }
        return found
    }

    /// Sends SIGKILL to every process in the cgroup and below it; none can escape by forking.
    ///
    /// - Throws: `ApusError` when processes are still being born after `seconds`.
    public func kill(within seconds: Double = 5) throws(ApusError) {
        if let unified = record.unified {
            do {
                return try tree.write("1", to: "\(unified)/cgroup.kill")
            } catch  where error.errno == ENOENT {
                if home == nil || !exists(unified) { return }
            }
        }
        try killOneByOne(within: seconds)
    }

    /// Without `cgroup.kill` they are stopped first, so that none forks while the others are being killed.
    private func killOneByOne(within seconds: Double) throws(ApusError) {
        let deadline = Deadline(seconds: seconds)
        let isFrozen = (try? freeze(within: seconds)) != nil
        defer { if isFrozen { try? thaw() } }
        while true {
            let processes = try processes()
            for process in processes { Glibc.kill(process, SIGKILL) }
            // Frozen processes die when they are thawed.
            if isFrozen || processes.isEmpty { return }
            guard deadline.wait() else { throw ApusError(.system, "cannot kill cgroup \(home ?? record.name): new processes appear all the time") }
        }
    }

    func exists(_ path: String) -> Bool { (try? tree.read("\(path)/cgroup.procs")) != nil }

    /// Removes the cgroup with all below it.
    ///
    /// What is gone already is no error.
    ///
    /// The kernel reports a cgroup busy for a moment after its last process: that is waited for.
    /// - Throws: `ApusError` when processes are in it after `seconds`.
    public func remove(within seconds: Double = 2) throws(ApusError) {
        let deadline = Deadline(seconds: seconds)
        for path in record.directories { try remove(path, deadline) }
    }

    private func remove(_ path: String, _ deadline: Deadline) throws(ApusError) {
        while true {
            do {
                return try tree.removeDirectory(path)
            } catch  where error.errno == ENOENT {
                return
            } catch  where error.errno == EBUSY || error.errno == ENOTEMPTY {
                let children = try tree.children(of: path)
                for child in children { try remove(child, deadline) }
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

    /// Whole milliseconds that are left.
    var milliseconds: Int32 { Int32(clamping: (Int64(end) - Int64(monotonicNanoseconds())) / 1_000_000) }

    /// Pauses; false when the time is over.
    func wait() -> Bool {
        if monotonicNanoseconds() >= end { return false }
        usleep(pause)
        pause = min(pause * 2, 20_000)
        return true
    }
}
