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
            var record = try containers.current(container)
            try change(&record.settings)
            let held = try hold(container)
            record.layers = held.layers
            record.snapshots = held.snapshots
            let clone = try copy(of: record, name: name)
            _ = consume held
            return clone
        case .snapshot(let snapshot):
            let lock = try lockSnapshots(shared: true)
            guard let state = try readSnapshot(snapshot.record.id), var record = try containers.load(state.container) else {
                throw ApusError(.notFound, "snapshot \(snapshot.containerName):\(snapshot.name) was removed meanwhile")
            }
            try change(&record.settings)
            record.layers = state.stack
            record.snapshots = state.lineage
            let clone = try copy(of: record, name: name)
            _ = consume lock
            return clone
        }
    }

    /// Layers that are not collected while this lives.
    private struct HeldState: ~Copyable {
        let layers: [String]
        let snapshots: [String]?
        let lock: OwnedFD
    }

    /// What another container can stand on to be like this one.
    private func hold(_ container: ContainerRecord) throws(ApusError) -> HeldState {
        if let state = try holdUnchanged(container) { return state }
        let taken = try take(container) { current in SnapshotRecord(of: current, name: nil) }
        return HeldState(layers: taken.record.stack, snapshots: taken.record.lineage, lock: taken.lock)
    }

    /// The same for one that was not started since it was made, rolled back or last cloned.
    private func holdUnchanged(_ container: ContainerRecord) throws(ApusError) -> HeldState? {
        guard let claimed = try claim(container), !fileExists(paths.written(container.id)) else { return nil }
        let record = claimed.record
        let state = HeldState(layers: record.layers, snapshots: record.snapshots, lock: try lockSnapshots(shared: true))
        _ = consume claimed
        return state
    }

    /// Makes a container with the layers, settings and image of a record.
    private func copy(of original: ContainerRecord, name: String) throws(ApusError) -> CreatedContainer {
        var settings = original.settings
        for index in settings.mounts.indices where settings.mounts[index].isAnonymous { settings.mounts[index].source = ContainerRecord.randomID() }
        var record = ContainerRecord(
            name: name, imageName: original.imageName, imageID: original.imageID, layers: original.layers, settings: settings)
        record.snapshots = original.snapshots
        try validate(record)
        return try make(&record, isNamed: true)
    }
}
