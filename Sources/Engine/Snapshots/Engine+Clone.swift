import Glibc
public import LinuxSystem

/// What a clone is made of.
public enum CloneSource: Sendable {
    /// A container as it is now.
    case container(ContainerRecord)
    /// A container as it was.
    case snapshot(Snapshot)
}

extension Engine {
    /// What a user means by CONTAINER or SNAPSHOT: a name, an id, or `CONTAINER:NAME`.
    public func cloneSource(_ reference: String) throws(ApusError) -> CloneSource {
        do { return .container(try containers.find(reference)) } catch  where error.code == .notFound {
            do { return .snapshot(try snapshot(reference)) } catch  where error.code == .notFound && !reference.utf8.contains(UInt8(ascii: ":")) {
                throw ApusError(.notFound, "no such container or snapshot: \(reference)")
            }
        }
    }

    /// Makes a new container with the files and settings of another; no file is copied, but what a running one wrote.
    ///
    /// Its anonymous volumes are new, and filled as those of any new container.
    ///
    /// - Parameter change: changes the settings.
    public func clone(
        _ source: CloneSource, name: String, _ change: (inout ContainerSettings) throws(ApusError) -> Void = { _ throws(ApusError) in }
    ) throws(ApusError) -> CreatedContainer {
        try Engine.requireRoot(to: "clone containers")
        guard RandomName.isValid(name) else { throw RandomName.invalid(name) }
        // Before anything is taken of the source.
        if let owner = try? containers.find(name), owner.name == name { throw ContainerStore.taken(name, by: owner.id) }
        switch source {
        case .container(let container):
            var settings = try containers.current(container).settings
            try change(&settings)
            let taken = try take(container) { current in SnapshotRecord(of: current, name: nil) }
            let clone = try clone(taken.record, settings, name: name)
            _ = taken.lock.raw
            return clone
        case .snapshot(let snapshot):
            let lock = try lockSnapshots(shared: true)
            guard let record = try readSnapshot(snapshot.record.id), let container = try containers.load(record.container) else {
                throw ApusError(.notFound, "snapshot \(snapshot.containerName):\(snapshot.name) was removed meanwhile")
            }
            var settings = container.settings
            try change(&settings)
            let clone = try clone(record, settings, name: name)
            _ = consume lock
            return clone
        }
    }

    private func clone(_ snapshot: SnapshotRecord, _ settings: ContainerSettings, name: String) throws(ApusError) -> CreatedContainer {
        var settings = settings
        for index in settings.mounts.indices where settings.mounts[index].isAnonymous { settings.mounts[index].source = ContainerRecord.randomID() }
        var record = ContainerRecord(
            name: name, imageName: snapshot.imageName, imageID: snapshot.imageID, layers: snapshot.stack, settings: settings)
        record.snapshots = snapshot.lineage
        try validate(record)
        return try make(&record, isNamed: true)
    }
}
