import Glibc
public import LinuxSystem

extension Engine {
    /// All volumes by name.
    public func volumes() throws(ApusError) -> [Volume] {
        var found: [Volume] = []
        for name in try listDirectory(paths.volumes).sorted() {
            if let volume = try volumeIfPresent(name) { found.append(volume) }
        }
        return found
    }

    /// A volume by name.
    ///
    /// - Throws: `ApusError` with `.notFound`.
    public func volume(_ name: String) throws(ApusError) -> Volume {
        guard Volume.isValid(name), let volume = try volumeIfPresent(name) else { throw ApusError(.notFound, "no such volume: \(name)") }
        return volume
    }

    /// Makes a volume; one that is there already stays as it is.
    ///
    /// - Parameter name: nil for a random one.
    /// - Returns: its name.
    public func createVolume(_ name: String?, labels: [String: String] = [:]) throws(ApusError) -> String {
        if let name, !Volume.isValid(name) {
            throw ApusError(
                .invalidArgument, "invalid volume name \"\(name)\"",
                hint: "two or more letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")
        }
        let lock = try lockVolumes(shared: true)
        let made = name ?? ContainerRecord.randomID()
        try makeVolume(made, VolumeRecord(labels: labels, isAnonymous: name == nil))
        _ = consume lock
        return made
    }

    /// Removes a volume with all that is in it.
    ///
    /// - Throws: `ApusError` with `.notFound`, or with `.conflict` when a container has it.
    public func removeVolume(_ name: String) throws(ApusError) {
        let lock = try lockVolumes(shared: false)
        let volume = try volume(name)
        if let users = try volumeUsers()[name] {
            throw ApusError(
                .conflict, "cannot remove volume \(name): it is in use by container \(users.map { $0.prefix(12) }.joined(separator: ", "))",
                hint: "remove what uses it first")
        }
        try remove(volume)
        _ = consume lock
    }

    /// Removes the volumes that no container has.
    ///
    /// - Parameter all: also those that the user gave a name.
    /// - Returns: their names, and how many bytes they took.
    public func pruneVolumes(all: Bool, where isMeant: (Volume) -> Bool = { _ in true }) throws(ApusError) -> (names: [String], bytes: Int) {
        let lock = try lockVolumes(shared: false)
        let users = try volumeUsers()
        var (names, bytes): ([String], Int) = ([], 0)
        for volume in try volumes() where users[volume.name] == nil && (all || volume.isAnonymous) && isMeant(volume) {
            bytes += diskUsage(of: volume.directory)
            try remove(volume)
            names.append(volume.name)
        }
        // Left by a kill between two steps of making or removing one.
        for name in try listDirectory(paths.volumes) where users[name] == nil && !fileExists("\(paths.volumes)/\(name)/_data") {
            try removeTree("\(paths.volumes)/\(name)")
        }
        _ = consume lock
        return (names, bytes)
    }

    /// The ids of the containers of each volume that has some.
    func volumeUsers() throws(ApusError) -> [String: [String]] {
        var users: [String: [String]] = [:]
        for record in try containers.all() {
            for mount in record.settings.mounts where mount.kind == .volume { users[mount.source, default: []].append(record.id) }
        }
        return users
    }

    /// Held shared from the making of a container's volumes until its record says that it has them, and alone while volumes are removed.
    func lockVolumes(shared: Bool) throws(ApusError) -> OwnedFD {
        try makeDirectories(paths.volumes, mode: 0o711)
        return try DirectoryLock.take(paths.volumes, shared: shared)
    }

    /// Makes what is missing of a volume; the caller holds the lock of volumes.
    func makeVolume(_ name: String, _ record: VolumeRecord) throws(ApusError) {
        let directory = "\(paths.volumes)/\(name)"
        if fileExists("\(directory)/_data") { return }
        try makeDirectories(directory, mode: 0o701)
        try writeRecord(record, "\(directory)/volume.json")
        try makeDirectories("\(directory)/_data")
    }

    private func volumeIfPresent(_ name: String) throws(ApusError) -> Volume? {
        let directory = "\(paths.volumes)/\(name)"
        guard fileExists("\(directory)/_data") else { return nil }
        let record = try readRecordIfPresent(VolumeRecord.self, "\(directory)/volume.json") ?? VolumeRecord(created: "0001-01-01T00:00:00Z")
        return Volume(name: name, directory: "\(directory)/_data", created: record.created, labels: record.labels, isAnonymous: record.isAnonymous)
    }

    /// `_data` goes first, out of its place, so that what a kill leaves is no volume any more.
    private func remove(_ volume: Volume) throws(ApusError) {
        let directory = "\(paths.volumes)/\(volume.name)"
        try systemCall("cannot remove volume \(volume.name)") { unsafe Glibc.rename("\(directory)/_data", "\(directory)/removed") }
        try removeTree(directory)
    }
}
