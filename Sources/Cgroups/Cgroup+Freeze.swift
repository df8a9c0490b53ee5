public import LinuxSystem

extension Cgroup {
    /// Stops every process in the cgroup, and waits until all of them stand.
    ///
    /// - Throws: `ApusError` when some still run after `seconds`; then all are running again.
    public func freeze(within seconds: Double = 2) throws(ApusError) {
        let deadline = Deadline(seconds: seconds)
        try setFrozen(true)
        while try !isFrozen() {
            guard deadline.wait() else {
                try? setFrozen(false)
                throw ApusError(.system, "cannot freeze cgroup \(home ?? record.name): its processes did not stop within \(seconds) s")
            }
            // A v1 freezer that met a process in the middle of a fork tries again only when it is told.
            if record.unified == nil { try setFrozen(true) }
        }
    }

    /// Lets the processes run on.
    public func thaw() throws(ApusError) { try setFrozen(false) }

    /// Whether every process stands.
    public func isFrozen() throws(ApusError) -> Bool {
        if let unified = record.unified { return try parseKeyed(tree.read("\(unified)/cgroup.events"))["frozen"] == 1 }
        return try tree.read("\(freezer())/freezer.state") == "FROZEN"
    }

    private func setFrozen(_ frozen: Bool) throws(ApusError) {
        if let unified = record.unified { return try tree.write(frozen ? "1" : "0", to: "\(unified)/cgroup.freeze") }
        try tree.write(frozen ? "FROZEN" : "THAWED", to: "\(freezer())/freezer.state")
    }

    private func freezer() throws(ApusError) -> String {
        guard let path = record.legacy[.freezer] else {
            throw ApusError(.notSupported, "cannot freeze container \(record.name): this host has neither a cgroup v2 tree nor controller \"freezer\"")
        }
        return path
    }
}
