import Glibc
public import LinuxSystem

/// The containers of one instance on disk.
///
/// `containers/<id>/` holds `container.json`, `log`, `exit.json`, `upper` and `work`; `names/<name>` is a link to the id, made exclusively, so that two containers never share a name. A directory without `container.json` is a
/// creation that was cut short; `system prune` collects it once its lock is free. A container runs while its lock is held.
public struct ContainerStore: Sendable {
    /// Where things lie.
    public let paths: EnginePaths

    /// Opens the store; nothing is read.
    public init(paths: EnginePaths) {
        self.paths = paths
    }

    /// Makes the directory and reserves the name of a new container.
    ///
    /// - Returns: the container's lock, held.
    /// - Throws: `ApusError` with `.conflict` when the name is taken.
    public func reserve(_ record: ContainerRecord) throws(ApusError) -> OwnedFD {
        let directory = paths.container(record.id)
        // The lock first: a directory without a record whose lock is free belongs to nobody, from its first moment on.
        guard let lock = try takeNewLock(record.id) else {
            throw ApusError(.conflict, "container \(record.shortID) is being created by another process")
        }
        do throws(ApusError) {
            try makeDirectories(paths.containers, mode: 0o711)
            try systemCall("cannot make directory \(directory)") { unsafe mkdir(directory, 0o711) }
            try reserveName(record.name, for: record.id)
            return lock
        } catch {
            try? removeTree(directory)
            try? removeTree(paths.lock(record.id))
            throw error
        }
    }

    /// Takes the lock of an id that nobody knows yet, but for a prune that meets the file before it is locked, for a moment.
    private func takeNewLock(_ id: String) throws(ApusError) -> OwnedFD? {
        for _ in 0..<1000 {
            if let lock = try takeLock(id) { return lock }
            usleep(1000)
        }
        return nil
    }

    /// Takes a container's lock; nil when somebody holds it.
    func takeLock(_ id: String) throws(ApusError) -> OwnedFD? {
        do throws(ApusError) { return try FileLock.take(paths.lock(id)) } catch  where error.errno == ENOENT {
            try makeDirectories(paths.run, mode: 0o711)
            return try FileLock.take(paths.lock(id))
        }
    }

    /// Links a name to an id, exclusively.
    public func reserveName(_ name: String, for id: String) throws(ApusError) {
        let link = "\(paths.names)/\(name)"
        for attempt in 0... {
            if unsafe symlink(id, link) == 0 { return }
            let number = errno
            if number == ENOENT && attempt == 0 {
                try makeDirectories(paths.names)
            } else if number == EEXIST, let owner = try? readLink(link), attempt < 3, isAbandoned(owner) {
                releaseName(name, of: owner)  // a creation or a removal was cut short
            } else if number == EEXIST {
                throw Self.taken(name, by: (try? readLink(link)) ?? "?")
            } else {
                throw ApusError(errno: number, "cannot reserve the name \(name)")
            }
        }
    }

    /// The sentence for a name that another container has.
    static func taken(_ name: String, by id: String) -> ApusError {
        ApusError(
            .conflict, "the container name \"\(name)\" is already in use by container \(id.prefix(12))",
            hint: "remove or rename that container, or choose another name")
    }

    /// Whether nobody will ever show, finish or start a container.
    private func isAbandoned(_ id: String) -> Bool {
        if fileExists("\(paths.container(id))/container.json") { return false }
        return !fileExists(paths.container(id)) || (try? FileLock.isHeld(paths.lock(id))) == false
    }

    /// Releases a name if it belongs to `id`.
    public func releaseName(_ name: String, of id: String) {
        let link = "\(paths.names)/\(name)"
        // Locked: between the look and the removal another command could release the name and a third one take it.
        guard let lock = try? DirectoryLock.take(paths.names) else { return }
        if (try? readLink(link)) == id { _ = unsafe unlink(link) }
        _ = consume lock
    }

    /// Writes a container's record.
    public func write(_ record: ContainerRecord, durability: Durability = .rename) throws(ApusError) {
        try writeRecord(record, "\(paths.container(record.id))/container.json", durability: durability)
    }

    /// All containers, newest first.
    ///
    /// One whose creation is not finished is left out.
    public func all() throws(ApusError) -> [ContainerRecord] {
        var records: [ContainerRecord] = []
        for id in try listDirectory(paths.containers) {
            if let record = try load(id) { records.append(record) }
        }
        return records.sorted { $0.created > $1.created }
    }

    /// The container with this name, id, or unambiguous beginning of an id.
    ///
    /// - Throws: `ApusError` with `.notFound`, or `.invalidArgument` for an ambiguous beginning.
    public func find(_ reference: String) throws(ApusError) -> ContainerRecord {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        if !name.isEmpty && !name.contains("/"), name != ".", name != ".." {
            if let id = try? readLink("\(paths.names)/\(name)"), let record = try load(id) { return record }
            if ContainerRecord.isID(name), let record = try load(name) { return record }
            if name.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 || $0 >= 97 && $0 <= 102 }) {
                let ids = try listDirectory(paths.containers).filter { $0.hasPrefix(name) }
                if ids.count > 1 { throw ApusError(.invalidArgument, "more than one container has an id that begins with \(name)", hint: "give more digits") }
                if let id = ids.first, let record = try load(id) { return record }
            }
        }
        throw ApusError(.notFound, "no such container: \(reference)")
    }

    /// Reads a record; what a killed command about its snapshots left half done is finished first.
    func load(_ id: String) throws(ApusError) -> ContainerRecord? {
        settle(id)
        return try readRecordIfPresent(ContainerRecord.self, "\(paths.container(id))/container.json")
    }
}
