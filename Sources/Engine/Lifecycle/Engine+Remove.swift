import Glibc
public import LinuxSystem

extension Engine {
    /// Removes a container with what it wrote.
    ///
    /// - Parameters:
    ///   - force: whether a running one is killed first.
    ///   - volumes: whether its anonymous volumes go too.
    /// - Throws: `ApusError` with `.conflict` when it runs and `force` is not set.
    public func remove(_ record: ContainerRecord, force: Bool = false, volumes: Bool = false) throws(ApusError) {
        do throws(ApusError) {
            for attempt in 0... {
                if let container = try claim(record) { return try discard(container.record, volumes: volumes) }
                // Somebody may start it again each time.
                guard force, attempt < 10 else { throw refusal(record) }
                try containers.handles(of: record)?.kill()
            }
        } catch  where force && error.code == .notFound {
            return  // it was there: its monitor removed it because of --rm, or another command did
        }
    }

    private func refusal(_ record: ContainerRecord) -> ApusError {
        let isPaused = (try? containers.state(of: record).status) == .paused
        return ApusError(
            .conflict, "cannot remove container \"\(record.name)\": it is \(isPaused ? "paused" : "running")",
            hint: isPaused ? "unpause and stop it or use -f" : "stop it or use -f")
    }

    /// Removes what a container that does not run has on disk: its name, its anonymous volumes, its directory.
    ///
    /// The caller holds its lock. It is gone with its record; what a kill leaves after that `system prune` collects, and finds in `removed.json`
    /// what else belonged to it.
    func discard(_ record: ContainerRecord, volumes: Bool = true) throws(ApusError) {
        let directory = paths.container(record.id)
        let lock = try containers.lockRecord(record)
        let last = try containers.current(record)
        try systemCall("cannot remove container \(last.name)") {
            unsafe volumes ? Glibc.rename("\(directory)/container.json", "\(directory)/removed.json") : unlink("\(directory)/container.json")
        }
        try finishRemoval(of: last, volumes: volumes)
        _ = consume lock
    }

    /// What follows when the record is gone.
    func finishRemoval(of record: ContainerRecord, volumes: Bool) throws(ApusError) {
        containers.releaseName(record.name, of: record.id)
        for mount in record.settings.mounts where volumes && mount.isAnonymous { try removeTree("\(paths.volumes)/\(mount.source)") }
        try removeTree(paths.running(record.id))
        try removeTree(paths.container(record.id))
        try removeTree(paths.lock(record.id))
        // Its snapshots went with it, their layers where no clone stands on them.
        try collectSnapshots()
    }

    /// Gives a container another name.
    ///
    /// - Throws: `ApusError` for a name that is wrong or taken, and for a running container with `--rm`, which its monitor removes by its name.
    public func rename(_ record: ContainerRecord, to name: String) throws(ApusError) {
        guard RandomName.isValid(name) else { throw RandomName.invalid(name) }
        // Held to the end, so that nobody starts it under the old name meanwhile; nil for one that runs.
        let claimed = try claim(record)
        if claimed == nil && record.settings.autoRemove {
            throw ApusError(.conflict, "cannot rename container \(record.name) while it runs: with --rm it is removed by its name when it stops")
        }
        var old = record.name
        try containers.change(record) { current throws(ApusError) in
            old = current.name
            if old == name { throw ApusError(.invalidArgument, "cannot rename container \(name): it has this name already") }
            try containers.reserveName(name, for: current.id)
            current.name = name
        }
        containers.releaseName(old, of: record.id)
    }
}
