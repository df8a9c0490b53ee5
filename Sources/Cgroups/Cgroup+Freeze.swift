public import LinuxSystem

extension Cgroup {
    /// Stops every process in the cgroup and below it, and waits until all of them stand.
    ///
    /// The v2 tree freezes where there is one, the v1 controller `freezer` elsewhere.
    /// - Throws: `ApusError` when some still run after `seconds`; then all are running again.
    public func freeze(within seconds: Double = 2) throws(ApusError) {
        let deadline = Deadline(seconds: seconds)
        try setFrozen(true)
        var tries = 0
        while try !isFrozen() {
            guard deadline.wait() else {
                try? setFrozen(false)
                throw ApusError(.system, "cannot freeze cgroup \(home ?? record.name): its processes did not stop within \(seconds) s")
            }
            if record.unified != nil { continue }
            // A v1 freezer that met a process in the middle of a fork tries again only when it is told, and one that never gets to the end
            // of new processes has a better chance after a fresh start.
            tries += 1
            if tries % 20 == 0 {
                try setFrozen(false)
                _ = deadline.wait()
            }
            try setFrozen(true)
        }
    }

    /// Lets the processes run on, whoever stopped them and in whichever hierarchy.
    public func thaw() throws(ApusError) {
        guard record.unified != nil else { return try setFrozen(false) }
        try setFrozen(false)
        if let freezer = record.legacy[.freezer], isStopped(freezer) { try tree.write("THAWED", to: "\(freezer)/freezer.state") }
    }

    /// Whether every process stands, in the v2 tree or by the v1 controller.
    public func isFrozen() throws(ApusError) -> Bool {
        if let unified = record.unified {
            if try parseKeyed(tree.read("\(unified)/cgroup.events"))["frozen"] == 1 { return true }
            guard let freezer = record.legacy[.freezer] else { return false }
            return try tree.read("\(freezer)/freezer.state") == "FROZEN"
        }
        return try tree.read("\(freezer())/freezer.state") == "FROZEN"
    }

    /// Lets processes go on that cgroups below the container's hold by themselves: a v1 process dies only when it runs.
    func thawLegacy() {
        guard let freezer = record.legacy[.freezer] else { return }
        thawLegacy(freezer)
    }

    private func thawLegacy(_ path: String) {
        // From the top down: below a frozen cgroup nothing thaws.
        if isStopped(path) { try? tree.write("THAWED", to: "\(path)/freezer.state") }
        for child in (try? tree.children(of: path)) ?? [] { thawLegacy(child) }
    }

    private func isStopped(_ freezer: String) -> Bool { (try? tree.read("\(freezer)/freezer.state")).map { $0 != "THAWED" } == true }

    private func setFrozen(_ frozen: Bool) throws(ApusError) {
        if let unified = record.unified { return try tree.write(frozen ? "1" : "0", to: "\(unified)/cgroup.freeze") }
        try tree.write(frozen ? "FROZEN" : "THAWED", to: "\(freezer())/freezer.state")
    }

    private func freezer() throws(ApusError) -> String {
        guard let path = record.legacy[.freezer] else {
            let why = isEmpty ? "it has no cgroup of its own" : "this host has neither a cgroup v2 tree nor controller \"freezer\""
            throw ApusError(.notSupported, "cannot freeze container \(record.name): \(why)")
        }
        return path
    }
}
