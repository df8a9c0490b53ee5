public import ImageStore
public import LinuxSystem
public import OCISpec

extension Engine {
    /// Writes a container's files as a tar, without what is mounted in it.
    ///
    /// - Parameter fd: where it goes; it stays the caller's.
    public func export(_ record: ContainerRecord, to fd: Int32, name: String) throws(ApusError) {
        let claimed = try claim(record)
        let root = try ContainerTrees(record: record, engine: self).merged()
        try writeTree(root, to: fd, name: name)
        _ = consume claimed
    }

    /// What a container changed of its image's files.
    public func changes(of record: ContainerRecord) throws(ApusError) -> [TreeChange] {
        let trees = ContainerTrees(record: record, engine: self)
        guard let upper = try trees.changed() else { return [] }
        return try TreeChange.all(upper: upper, lower: trees.lower(), mountpoints: trees.mountpoints, isMerged: trees.isMerged)
    }

    /// Makes an image from the tar of a root filesystem.
    ///
    /// - Parameters:
    ///   - message: the remark in its history; nil for where it came from.
    ///   - changes: instructions of a Dockerfile.
    public func importImage(
        from archive: ImageArchive, name: ImageReference?, message: String?, changes: [String], platform: Platform
    ) throws(ApusError) -> LoadedImage {
        let changes = try changes.map { text throws(ApusError) in try ImageChange(text) }
        return try images.importRootfs(from: archive, platform: platform, name: name) { config throws(ApusError) in
            var parameters = ExecutionParameters()
            try ImageChange.apply(changes, to: &parameters)
            config.config = parameters
            config.comment = message ?? "Imported from \(archive == .standardInput ? "-" : archive.name)"
            config.history = [ImageConfig.HistoryEntry(created: config.created, comment: config.comment)]
        }
    }
}
