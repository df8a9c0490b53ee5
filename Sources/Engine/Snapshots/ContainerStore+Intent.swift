import Cgroups
import Glibc
import LinuxSystem

extension ContainerStore {
    private func intentPath(_ id: String) -> String { "\(paths.container(id))/intent.json" }

    /// Finishes what a killed command left half done; one that is at work is left alone, and so is what cannot be finished now.
    ///
    /// Costs one look for a file where there is nothing to do.
    func settle(_ id: String) {
        guard fileExists(intentPath(id)) else { return }
        guard let intent = try? readIntent(id) else { return }
        if intent.kind == .copy {
            try? undoCopy(intent, of: id)
        } else if let lock = try? takeLock(id) {
            try? finishIntent(of: id)
            _ = consume lock
        }
    }

    /// Finishes what is on record as begun; the caller holds the container's lock.
    func finishIntent(of id: String) throws(ApusError) {
        guard fileExists(intentPath(id)), let intent = try readIntent(id) else { return }
        if intent.kind == .copy { try undoCopy(intent, of: id) } else { try finish(intent, of: id) }
    }

    func readIntent(_ id: String) throws(ApusError) -> SnapshotIntent? { try readRecordIfPresent(SnapshotIntent.self, intentPath(id)) }

    /// Puts an intent on record, after what other commands are at.
    ///
    /// - Throws: `ApusError` with `.conflict` where something cannot be finished.
    func write(_ intent: SnapshotIntent, of record: ContainerRecord) throws(ApusError) {
        for _ in 0..<1000 {
            if try writeFirst(intent, of: record) { return }
            // Who copies holds the directory of the copy to the end.
            if let other = try readIntent(record.id), let directory = try? openDirectory(paths.snapshot(other.id)) {
                try systemCall("cannot wait for another snapshot of container \(record.name)") { [raw = directory.raw] in flock(raw, LOCK_SH) }
            }
            usleep(10_000)
        }
        throw ApusError(.conflict, "what an earlier command did to container \(record.name) cannot be finished", hint: "is the disk full or read-only?")
    }

    /// Puts something else on record in the place of one's own intent.
    func replace(_ intent: SnapshotIntent, of record: ContainerRecord) throws(ApusError) {
        // After a power cut nothing is frozen.
        try writeRecord(intent, intentPath(record.id), durability: intent.kind == .copy ? .rename : .synced)
    }

    /// False where another one is on record.
    private func writeFirst(_ intent: SnapshotIntent, of record: ContainerRecord) throws(ApusError) -> Bool {
        settle(record.id)
        let lock = try lockRecord(record)
        if fileExists(intentPath(record.id)) { return false }
        try replace(intent, of: record)
        _ = consume lock
        return true
    }

    func removeIntent(of id: String) throws(ApusError) { try removeTree(intentPath(id)) }

    /// Puts an intent on record and does what it says; a failure takes it back where nothing has happened.
    func carryOut(_ intent: SnapshotIntent, of record: ContainerRecord) throws(ApusError) {
        try write(intent, of: record)
        do {
            try finish(intent, of: record.id)
        } catch {
            // Until its upper directory has moved.
            if !fileExists("\(paths.snapshot(intent.id))/fs") { try? removeIntent(of: record.id) }
            throw error
        }
    }

    /// Does what an intent says, from wherever it was left.
    func finish(_ intent: SnapshotIntent, of id: String) throws(ApusError) {
        guard let record = try readRecordIfPresent(ContainerRecord.self, "\(paths.container(id))/container.json") else { return }
        let (upper, place) = (paths.written(id), "\(paths.snapshot(intent.id))/fs")
        if !fileExists(place) {
            try makeDirectories(paths.snapshot(intent.id), mode: 0o700)
            if fileExists(upper) {
                try systemCall("cannot move \(upper) to \(place)") { unsafe rename(upper, place) }
            } else if intent.kind == .take, let top = record.layers.first {
                // It was never started since, and is what it stands on.
                try makeRoot("\(place).new", like: top)
                try systemCall("cannot rename \(place).new") { unsafe rename("\(place).new", place) }
            }
        }
        if let snapshot = intent.snapshot {
            try linkSnapshot(snapshot.id)
            try writeRecord(snapshot, "\(paths.snapshot(snapshot.id))/snapshot.json", durability: .synced)
        }
        // Overlayfs keeps things there that belong to the upper directory.
        try removeTree("\(paths.container(id))/work")
        try change(record, durability: .synced) { current in
            current.layers = intent.layers
            current.snapshots = intent.lineage
        }
        try removeIntent(of: id)
    }

    /// Lets a container go on that is frozen for a copy that nobody makes any more.
    private func undoCopy(_ intent: SnapshotIntent, of id: String) throws(ApusError) {
        if let directory = try? openDirectory(paths.snapshot(intent.id)), flock(directory.raw, LOCK_EX | LOCK_NB) != 0 { return }
        if !intent.wasFrozen, let record = try readRecordIfPresent(ContainerRecord.self, "\(paths.container(id))/container.json"),
            try run(of: record) != nil, let cgroup = try cgroup(of: record)
        {
            // Also where nothing stands yet: its processes may be about to.
            try letGo(cgroup)
        }
        try removeIntent(of: id)
    }

    /// Lets a container that a snapshot froze go on, and waits until it does: a command that looks now must not take it for paused.
    func letGo(_ cgroup: Cgroup) throws(ApusError) {
        try cgroup.thaw()
        for _ in 0..<1000 where (try? cgroup.isFrozen()) == true { usleep(1000) }
    }

    /// Puts a snapshot's layer among the short names that a mount is made of.
    func linkSnapshot(_ id: String) throws(ApusError) {
        let link = "\(layerBase)/\(SnapshotRecord.layerName(id))"
        let target = "../../snapshots/\(id)/fs"
        if unsafe symlink(target, link) == 0 { return }
        let number = errno
        guard number == EEXIST, try readLink(link) == target else { throw ApusError(errno: number, "cannot make the link \(link)") }
    }

    /// Makes an upper directory: it shows as the root directory itself, so it gets all that the top layer's has.
    func makeRoot(_ path: String, like layer: String) throws(ApusError) {
        try removeTree(path)
        try systemCall("cannot make directory \(path)") { unsafe mkdir(path, 0o755) }
        let source = try openDirectory("\(layerBase)/\(layer)")
        let target = try openDirectory(path)
        try copyAttributes(from: source.raw, to: target.raw, name: path, .seenInside)
    }

    /// The directory that the names of layers start from.
    var layerBase: String { "\(paths.root)/layers/l" }
}
