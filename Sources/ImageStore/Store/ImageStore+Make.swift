import CShim
import Glibc
public import LinuxSystem
public import OCISpec

extension ImageStore {
    /// Makes an image from another one and layers: what overlays' upper directories change, one above the other.
    ///
    /// A layer depends on the files alone, so the same changes are the same layer. Where nothing changed there is none.
    ///
    /// - Parameters:
    ///   - base: the image below, by ID.
    ///   - mountpoints: the paths of the container's mounts.
    ///   - name: the new image's; without one it dangles.
    ///   - changes: calls what it is given for each upper directory, the lowest first, with all below it as one tree.
    ///   - describe: completes the configuration, which has the layers already; told whether there is none.
    public func make(
        over base: Digest, mountpoints: [String], name: ImageReference?,
        changes: ((_ upper: borrowing OwnedFD, _ lower: borrowing OwnedFD) throws(ApusError) -> Void) throws(ApusError) -> Void,
        describe: (inout ImageConfig, _ isEmpty: Bool) throws(ApusError) -> Void
    ) throws(ApusError) -> LoadedImage {
        try prepare()
        let workspace = try Workspace(self)
        defer { workspace.remove() }
        let image = try find(base.description, in: readIndex())
        var made = [PlannedLayer]()
        try changes { upper, lower throws(ApusError) in
            if let layer = try packLayer(upper, lower, mountpoints, in: workspace) { made.append(layer) }
        }
        var config = image.config
        config.rootfs.diffIDs += made.map(\.diffID)
        // The last one is described by the caller.
        config.history = (config.history ?? []) + made.dropLast().map { _ in ImageConfig.HistoryEntry(comment: "snapshot") }
        try describe(&config, made.isEmpty)
        let layers = try storedLayers(image) + made
        let planned = PlannedImage(
            references: name.map { [$0] } ?? [], config: config, configBytes: try encodeJSON(config), manifestBytes: nil, manifestType: .manifest,
            layers: layers)
        var ingest = LayerIngest(
            LayerReader(store: self, workspace: workspace, budget: UnpackBudget(limit: .max), meter: ProgressMeter(total: nil)))
        let descriptors = try ingest.take([planned.layers])
        guard let image = try commit([ready(planned, descriptors[0])], ingest, LoadOptions()).first else {
            throw ApusError(.system, "the new image is gone")
        }
        return image
    }

    /// Makes an image of one layer from the tar of a root filesystem, packed in whatever way.
    ///
    /// - Parameter describe: completes the configuration, which has the layer and the time of its newest file.
    public func importRootfs(
        from archive: ImageArchive, options: LoadOptions = LoadOptions(), name: ImageReference?,
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in },
        describe: (inout ImageConfig) throws(ApusError) -> Void
    ) throws(ApusError) -> LoadedImage {
        try prepare()
        let workspace = try Workspace(self)
        defer { workspace.remove() }
        let budget = UnpackBudget(limit: options.unpackLimit, ratio: options.unpackRatio, cancellation: options.cancellation)
        var ingest = LayerIngest(LayerReader(store: self, workspace: workspace, budget: budget, meter: ProgressMeter(total: archive.size, progress)))
        do throws(ApusError) {
            let source = try archive.source()
            let prefix = try source.prefix(16)
            if prefix.isEmpty { throw ApusError(.malformed, "the archive is empty") }
            let reading = try ingest.takeRootfs(PrefixedSource(prefix, then: source), Compression(sniffing: prefix))
            let created = reading.newest.map(\.description)
            var config = ImageConfig(
                platform: options.platform ?? .host, diffIDs: [reading.diffID], config: ExecutionParameters(), created: created,
                history: [ImageConfig.HistoryEntry(created: created)])
            try describe(&config)
            let planned = PlannedImage(
                references: name.map { [$0] } ?? [], config: config, configBytes: try encodeJSON(config), manifestBytes: nil, manifestType: .manifest,
                layers: [])
            guard let made = try commit([ready(planned, [reading.blob])], ingest, options).first else {
                throw ApusError(.system, "the new image is gone")
            }
            return made
        } catch {
            throw (options.cancellation.failure ?? error).within("cannot import \(archive.name)")
        }
    }

    /// The layer as a file in the workspace; nil where nothing changed.
    private func packLayer(
        _ upper: borrowing OwnedFD, _ lower: borrowing OwnedFD, _ mountpoints: [String], in workspace: Workspace
    ) throws(ApusError) -> PlannedLayer? {
        let path = workspace.newPath("blob")
        let file = try openFile(path, O_RDWR | O_CREAT | O_EXCL)
        let sink = DescriptorSink(file.raw, name: path)
        let hash = HashingSink(sink)
        let tar = TarWriter(hash)
        try LayerPacker(tar).pack(upper: upper, lower: lower, mountpoints: mountpoints)
        if tar.isEmpty { return nil }
        try tar.finish()
        try sink.flush()
        let descriptor = Descriptor(mediaType: .layer, digest: hash.digest, size: hash.count)
        let archived = ArchiveFile(container: SharedFile(file, name: path), offset: 0, size: hash.count, adoptablePath: path)
        return PlannedLayer(file: archived, descriptor: descriptor, diffID: hash.digest)
    }

    /// The layers that an image of the store has already.
    func storedLayers(_ image: StoredImage) throws(ApusError) -> [PlannedLayer] {
        let files = DirectoryFiles(try openDirectory(images), name: images)
        var layers = [PlannedLayer]()
        for (descriptor, diffID) in zip(image.manifest.layers, image.config.rootfs.diffIDs) {
            guard let file = try files.find(blobName(descriptor.digest)) else {
                throw ApusError(.malformed, "the layer \(descriptor.digest) is missing in \(images)", hint: "load the image again")
            }
            layers.append(PlannedLayer(file: file, descriptor: descriptor, diffID: diffID))
        }
        return layers
    }
}

extension ImageArchive {
    /// The bytes that there are from the present offset on; nil for what is no file.
    var size: Int? {
        var status = FileStatus()
        switch self {
        case .path(let path): return unsafe stat(path, &status) == 0 && status.kind == S_IFREG ? status.st_size : nil
        case .descriptor(let raw, _):
            return unsafe fstat(raw, &status) == 0 && status.kind == S_IFREG ? max(0, status.st_size - max(0, lseek(raw, 0, SEEK_CUR))) : nil
        }
    }

    /// The bytes from the present offset on.
    func source() throws(ApusError) -> any ByteSource {
        switch self {
        case .path(let path): return FileSource(SharedFile(try openFile(path, O_RDONLY), name: path))
        case .descriptor(let raw, let name): return FileSource(SharedFile(try OwnedFD.duplicate(of: raw, name: name), name: name))
        }
    }
}

extension OwnedFD {
    /// A second descriptor for an open file that belongs to somebody else.
    fileprivate static func duplicate(of raw: Int32, name: String) throws(ApusError) -> OwnedFD {
        OwnedFD(adopting: try systemCall("cannot read \(name)") { apus_fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }
}

extension ByteSource {
    /// The first bytes, fewer only where there are no more.
    func prefix(_ count: Int) throws(ApusError) -> [UInt8] {
        var result = [UInt8]()
        let buffer = ByteBuffer(capacity: count)
        while result.count < count {
            let got = try unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(count - result.count)]))
            if got == 0 { break }
            unsafe result.append(contentsOf: buffer.bytes[..<got])
        }
        return result
    }
}
