public import ImageStore
public import LinuxSystem
import OCISpec

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

    /// What a container changed of its image's files, in the snapshots that it stands on and since.
    public func changes(of record: ContainerRecord) throws(ApusError) -> [TreeChange] {
        let trees = ContainerTrees(record: record, engine: self)
        var changes = [TreeChange]()
        try trees.forEachChange { upper, lower throws(ApusError) in
            changes = TreeChange.merge(changes, with: try TreeChange.all(upper: upper, lower: lower, mountpoints: trees.mountpoints))
        }
        return changes
    }

    /// Makes an image from the tar of a root filesystem.
    ///
    /// - Parameters:
    ///   - message: the remark in its history; nil for where it came from.
    ///   - changes: instructions of a Dockerfile.
    public func importImage(
        from archive: ImageArchive, name: ImageReference?, message: String?, changes: [String], options: LoadOptions = LoadOptions(),
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws(ApusError) -> LoadedImage {
        let changes = try changes.map { text throws(ApusError) in try ImageChange(text) }
        return try images.importRootfs(from: archive, options: options, name: name, progress: progress) { config throws(ApusError) in
            var parameters = ExecutionParameters()
            try ImageChange.apply(changes, to: &parameters)
            config.config = parameters
            config.comment = message ?? "Imported from \(archive == .standardInput ? "-" : archive.name)"
            config.history = [ImageConfig.HistoryEntry(created: config.created, comment: config.comment)]
        }
    }
}
