import Glibc
import ImageStore
public import LinuxSystem

/// What a snapshot's layer takes on the disk, whoever needs it.
public struct SnapshotUsage: Sendable, Equatable {
    /// The layer's id, which is the snapshot's.
    public let id: String
    /// The snapshot as users see it; nil for one that only other things stand on.
    public let snapshot: Snapshot?
    /// The bytes of its files.
    public let size: Int
    /// Whether removing the snapshot frees them.
    public let isShared: Bool
}

extension Engine {
    /// Every snapshot's layer with its size, for accounts of the disk.
    public func snapshotUsage() throws(ApusError) -> [SnapshotUsage] {
        let snapshots = try snapshots()
        let needed = try neededLayers()
        var usages: [SnapshotUsage] = []
        for id in try listDirectory(paths.snapshots).sorted() where ContainerRecord.isID(id) {
            let snapshot = snapshots.first { $0.record.id == id }
            usages.append(
                SnapshotUsage(id: id, snapshot: snapshot, size: snapshotSize(id), isShared: needed.contains(SnapshotRecord.layerName(id))))
        }
        return usages
    }

    /// The bytes of the files of a snapshot's layer.
    public func snapshotSize(_ id: String) -> Int { (try? directorySize("\(paths.snapshot(id))/fs")) ?? 0 }

    /// Removes the layers of snapshots that nothing stands on and no user sees, and what killed commands left.
    ///
    /// - Returns: the bytes that they took on the disk.
    @discardableResult
    func collectSnapshots() throws(ApusError) -> Int {
        guard try !listDirectory(paths.snapshots).isEmpty else { return 0 }
        let lock = try lockSnapshots(shared: false)
        let needed = try neededLayers()
        let visible = Set(try snapshots().map(\.record.id))
        var bytes = 0
        for name in try listDirectory(paths.snapshots) {
            let isRemoved = name.hasSuffix(".removed")
            guard isRemoved || ContainerRecord.isID(name) else { continue }
            let path = paths.snapshot(name)
            // Held by the command that is filling it, or removing it.
            guard let directory = try? openDirectory(path), flock(directory.raw, LOCK_EX | LOCK_NB) == 0 else { continue }
            if !isRemoved {
                if visible.contains(name) || needed.contains(SnapshotRecord.layerName(name)) {
                    for file in try listDirectory(path) where file.hasSuffix(".tmp") { try removeTree("\(path)/\(file)") }
                    continue
                }
                try unlinkSnapshot(name)
                try systemCall("cannot move \(path)") { unsafe Glibc.rename(path, "\(path).removed") }
            }
            let grave = isRemoved ? path : "\(path).removed"
            bytes += diskUsage(of: grave)
            try removeTree(grave)
        }
        _ = consume lock
        return bytes
    }

    /// The short names of the layers that containers and visible snapshots stand on, or are about to.
    private func neededLayers() throws(ApusError) -> Set<String> {
        var needed: Set<String> = []
        for id in try listDirectory(paths.containers) {
            if let intent = try containers.readIntent(id) {
                needed.insert(SnapshotRecord.layerName(intent.id))
                needed.formUnion(intent.layers)
            }
            let record = try readRecordIfPresent(ContainerRecord.self, "\(paths.container(id))/container.json")
            needed.formUnion(record?.layers ?? [])
        }
        for snapshot in try snapshots() { needed.formUnion(snapshot.record.layers) }
        return needed
    }

    func unlinkSnapshot(_ id: String) throws(ApusError) {
        let link = "\(images.layerBase)/\(SnapshotRecord.layerName(id))"
        if (try? readLink(link)) == "../../snapshots/\(id)/fs" { try removeTree(link) }
    }
}
