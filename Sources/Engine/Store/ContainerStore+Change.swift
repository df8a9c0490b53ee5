import Glibc
import LinuxSystem

extension ContainerStore {
    /// Changes a record; two changes at once do not lose one another, and a removed container does not come back.
    ///
    /// - Parameter body: changes the record; when it throws, nothing is written.
    func change(
        _ record: ContainerRecord, durability: Durability = .rename, _ body: (inout ContainerRecord) throws(ApusError) -> Void
    ) throws(ApusError) {
        let lock = try lockRecord(record)
        var changed = try current(record)
        try body(&changed)
        try write(changed, durability: durability)
        _ = consume lock
    }

    /// The record as it is now.
    ///
    /// - Throws: `ApusError` with `.notFound` when the container was removed meanwhile.
    func current(_ record: ContainerRecord) throws(ApusError) -> ContainerRecord {
        guard let current = try readRecordIfPresent(ContainerRecord.self, "\(paths.container(record.id))/container.json") else { throw removed(record) }
        return current
    }

    /// Keeps others from changing or removing a record until the descriptor closes (flock(2) on the container's directory).
    func lockRecord(_ record: ContainerRecord) throws(ApusError) -> OwnedFD {
        do { return try DirectoryLock.take(paths.container(record.id)) } catch  where error.errno == ENOENT { throw removed(record) }
    }
}
