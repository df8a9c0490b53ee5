import Glibc
public import LinuxSystem

extension Cgroup {
    /// The processes in the cgroup and in those below it, each once; empty where it is gone.
    public func processes() throws(ApusError) -> [Int32] {
        guard let home else { return [] }
        // A process of another pid namespace is shown as 0, which would mean the caller itself to the kernel.
        return try tree.numbers(in: "cgroup.procs", of: home).filter { $0 > 0 }
    }

    /// Sends SIGKILL to every process in the cgroup and below it; none can escape by forking.
    ///
    /// Frozen ones die too. What is gone already is no error.
    /// - Throws: `ApusError` when processes are still being born after `seconds`.
    public func kill(within seconds: Double = 5) throws(ApusError) {
        defer { thawLegacy() }
        if let unified = record.unified {
            do {
                return try tree.write("1", to: "\(unified)/cgroup.kill")
            } catch  where error.errno == ENOENT || error.errno == ENODEV {
                // Removed, or a kernel before 5.14.
            }
        }
        try killOneByOne(within: seconds)
    }

    /// Sends a signal to every process in the cgroup and below it, as `kill --all`.
    ///
    /// They are stopped meanwhile, so that none is missed for having just been born; a paused container stays paused, except for SIGKILL.
    /// - Returns: how many got it.
    @discardableResult
    public func signal(_ number: Int32) throws(ApusError) -> Int {
        if number == SIGKILL {
            let count = try processes().count
            try kill()
            return count
        }
        let wasFrozen = (try? isFrozen()) == true
        let isFrozen = wasFrozen || (try? freeze()) != nil
        defer { if isFrozen && !wasFrozen { try? thaw() } }
        return try processes().count { Glibc.kill($0, number) == 0 }
    }

    /// Without `cgroup.kill` they are stopped first, so that none forks while the others are being killed.
    private func killOneByOne(within seconds: Double) throws(ApusError) {
        if try processes().isEmpty { return }
        let deadline = Deadline(seconds: seconds)
        let isFrozen = (try? freeze(within: seconds)) != nil
        defer { if isFrozen { try? thaw() } }
        while true {
            let alive = try processes()
            for process in alive { Glibc.kill(process, SIGKILL) }
            // Frozen processes die when they are thawed.
            if isFrozen || alive.isEmpty { return }
            guard deadline.wait() else { throw ApusError(.system, "cannot kill cgroup \(home ?? record.name): new processes appear all the time") }
        }
    }

    /// Removes the cgroup with all below it.
    ///
    /// What is gone already is no error.
    /// - Parameter withEmptyParents: whether those above it go too, where this was the last (`CgroupPlacement.hasOwnParent`).
    /// - Throws: `ApusError` when processes are in it after `seconds`.
    public func remove(within seconds: Double = 2, withEmptyParents: Bool = false) throws(ApusError) {
        let deadline = Deadline(seconds: seconds)
        for path in record.directories { try tree.removeAll(path, deadline) }
        if withEmptyParents { record.removeEmptyParents(tree) }
    }
}
