import Cgroups
public import LinuxSystem

extension Engine {
    /// Takes the lock of a container that does not run, and cleans up after a run that lost its monitor.
    ///
    /// - Returns: the container with its record as it is now; nil when it runs, or is about to.
    /// - Throws: `ApusError` with `.notFound` when it was removed meanwhile.
    public func claim(_ record: ContainerRecord) throws(ApusError) -> CreatedContainer? {
        let directory = paths.container(record.id)
        guard fileExists("\(directory)/container.json") else { throw ApusError(.notFound, "no such container: \(record.name)") }
        guard let lock = try containers.takeLock(record.id) else { return nil }
        // It may have been removed between the look and the lock.
        guard let current = try readRecordIfPresent(ContainerRecord.self, "\(directory)/container.json") else {
            throw ApusError(.notFound, "no such container: \(record.name)")
        }
        try recover(current)
        return CreatedContainer(record: current, lock: lock)
    }

    /// Removes what a run left that nobody was there to clean up after: processes, cgroup, run directory.
    ///
    /// The caller holds the lock.
    func recover(_ record: ContainerRecord) throws(ApusError) {
        let running = paths.running(record.id)
        guard fileExists(running) else { return }
        if let cgroup = try? containers.cgroup(of: record) {
            try? cgroup.kill()
            try cgroup.remove()
        }
        try removeTree(running)
    }

    /// Removes a container with what it wrote.
    ///
    /// - Parameters:
    ///   - force: whether a running one is killed first.
    ///   - volumes: whether its anonymous volumes go too.
    /// - Throws: `ApusError` with `.conflict` when it runs and `force` is not set.
    public func remove(_ record: ContainerRecord, force: Bool = false, volumes: Bool = false) throws(ApusError) {
        for attempt in 0... {
            if let container = try claim(record) { return try discard(container.record, volumes: volumes) }
            guard force, attempt < 10 else {
                throw ApusError(.conflict, "cannot remove container \(record.name): it is running", hint: "stop it first, or use --force")
            }
            try killAll(record)
            if !fileExists(paths.container(record.id)) { return }  // one with --rm removes itself
        }
    }

    /// Gives a container another name.
    public func rename(_ record: ContainerRecord, to name: String) throws(ApusError) {
        guard RandomName.isValid(name) else { throw RandomName.invalid(name) }
        try changeRecord(record) { current throws(ApusError) in
            try containers.reserveName(name, for: current.id)
            let (old, id) = (current.name, current.id)
            current.name = name
            return { containers.releaseName(old, of: id) }
        }
    }

    /// Changes a record under its own lock, so that two changes at once do not lose one another.
    ///
    /// - Parameter change: changes the record, and returns what is to be done once it is written.
    func changeRecord(
        _ record: ContainerRecord, _ change: (inout ContainerRecord) throws(ApusError) -> () -> Void
    ) throws(ApusError) {
        let directory = paths.container(record.id)
        guard fileExists(directory) else { throw ApusError(.notFound, "no such container: \(record.name)") }
        let lock = try FileLock.wait("\(directory)/record.lock")
        defer { _ = lock.raw }
        var current = try readRecord(ContainerRecord.self, "\(directory)/container.json")
        let afterwards = try change(&current)
        try containers.write(current)
        afterwards()
    }
}
