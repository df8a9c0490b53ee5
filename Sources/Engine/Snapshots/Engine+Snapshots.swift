import Glibc
public import LinuxSystem

extension Engine {
    /// The snapshots of a container, or of all, the oldest first.
    public func snapshots(of container: ContainerRecord? = nil) throws(ApusError) -> [Snapshot] {
        var known: [String: ContainerRecord] = [:]
        if let container { known[container.id] = container } else { for record in try containers.all() { known[record.id] = record } }
        var records: [SnapshotRecord] = []
        for id in try listDirectory(paths.snapshots) where ContainerRecord.isID(id) {
            if let record = try readSnapshot(id), record.name != nil, known[record.container] != nil { records.append(record) }
        }
        let present = Set(records.map(\.id))
        let found = records.compactMap { record -> Snapshot? in
            guard let container = known[record.container], let name = record.name else { return nil }
            let siblings = records.filter { $0.container == record.container }.map(\.id)
            return Snapshot(
                record: record, name: name, containerName: container.name, parent: record.ancestors.first { siblings.contains($0) },
                isCurrent: container.snapshots?.first { present.contains($0) } == record.id)
        }
        return found.sorted { ($0.record.created, $0.record.id) < ($1.record.created, $1.record.id) }
    }

    func readSnapshot(_ id: String) throws(ApusError) -> SnapshotRecord? {
        try readRecordIfPresent(SnapshotRecord.self, "\(paths.snapshot(id))/snapshot.json")
    }

    /// A snapshot of a container by name, id, or the unambiguous beginning of an id.
    ///
    /// - Throws: `ApusError` with `.notFound`.
    public func snapshot(_ name: String, of container: ContainerRecord) throws(ApusError) -> Snapshot {
        let all = try snapshots(of: container)
        if let found = all.first(where: { $0.name == name }) { return found }
        if let found = try match(name, all) { return found }
        throw ApusError(.notFound, "container \(container.name) has no snapshot \(name)")
    }

    /// A snapshot by `CONTAINER:NAME`, id, or the unambiguous beginning of an id.
    ///
    /// - Throws: `ApusError` with `.notFound`.
    public func snapshot(_ reference: String) throws(ApusError) -> Snapshot {
        if let colon = reference.lastIndex(of: ":") {
            return try snapshot(String(reference[reference.index(after: colon)...]), of: try containers.find(String(reference[..<colon])))
        }
        if let found = try match(reference, try snapshots()) { return found }
        throw ApusError(.notFound, "no such snapshot: \(reference)", hint: "name it CONTAINER:NAME or by its id")
    }

    private func match(_ prefix: String, _ all: [Snapshot]) throws(ApusError) -> Snapshot? {
        let found = prefix.isEmpty ? [] : all.filter { $0.record.id.hasPrefix(prefix) }
        if found.count > 1 { throw ApusError(.invalidArgument, "more than one snapshot has an id that begins with \(prefix)", hint: "give more digits") }
        return found.first
    }

    /// The snapshot that a container's state comes from, of whichever container; nil for none.
    public func currentSnapshot(of container: ContainerRecord) throws(ApusError) -> Snapshot? {
        guard let lineage = container.snapshots else { return nil }
        let all = try snapshots()
        for id in lineage { if let found = all.first(where: { $0.record.id == id }) { return found } }
        return nil
    }

    /// Takes a snapshot from its users; its layer goes too, unless something stands on it.
    public func remove(_ snapshot: Snapshot) throws(ApusError) {
        let lock = try lockSnapshots(shared: false)
        let path = "\(paths.snapshot(snapshot.record.id))/snapshot.json"
        guard fileExists(path) else { throw ApusError(.notFound, "snapshot \(snapshot.containerName):\(snapshot.name) was removed meanwhile") }
        try removeTree(path)
        _ = consume lock
        _ = try collectSnapshots()
    }

    /// Held shared by those who put a snapshot's layer below something, from their look at it until that is on record, and alone while layers that
    /// nothing stands on are sought.
    func lockSnapshots(shared: Bool) throws(ApusError) -> OwnedFD {
        try makeDirectories(paths.snapshots, mode: 0o700)
        return try DirectoryLock.take(paths.snapshots, shared: shared)
    }

    /// Whether a text may name a snapshot.
    static func isSnapshotName(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) }
        guard let first = name.utf8.first, name.utf8.count <= 128, isAlphanumeric(first) else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || [95, 46, 45].contains($0) }
    }
}
