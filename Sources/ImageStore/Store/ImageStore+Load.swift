import Glibc
public import LinuxSystem
public import OCISpec

/// An image that was loaded.
public struct LoadedImage: Sendable, Equatable {
    /// The digest of its configuration.
    public let id: Digest
    /// The digest of its manifest.
    public let manifestDigest: Digest
    /// The names that it brought, in the familiar form; none for an image known by its ID only.
    public let references: [String]
}

/// What may be chosen about a load.
public struct LoadOptions: Sendable {
    /// The most bytes that an archive may unpack to, over all its layers: the guard against bombs.
    public var unpackLimit = 64 << 30
    /// The most times its own size that a layer or archive may unpack to, above the first gigabyte; 0 for no such limit.
    ///
    /// gzip reaches 1032 and zstd much more, with nothing but the same bytes.
    public var unpackRatio = 500
    /// The platform to take of an archive; nil for the host's where there are several.
    public var platform: Platform?
    /// Whether names that other images have move to the loaded ones.
    public var takesNames = true
    /// What a power cut within the next half minute may do: with `.rename` it can leave files of the image empty, as with other engines;
    /// `.synced` waits until everything is on the disk.
    ///
    /// A killed process does no harm either way.
    public var durability = Durability.rename
    /// Ends the load, which then leaves nothing.
    public var cancellation = Cancellation()

    /// The defaults.
    public init() {}
}

extension ImageStore {
    /// Loads all images of an archive: blobs and layers that are not there yet, and the names.
    ///
    /// Nothing of it is seen before everything is there; a failure leaves nothing.
    ///
    /// - Throws: `.malformed` for what is damaged or hostile, naming archive, layer and entry.
    public func load(
        from archive: ImageArchive, options: LoadOptions = LoadOptions(), progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws(ApusError) -> [LoadedImage] {
        try prepare()
        let workspace = try Workspace(self)
        defer { workspace.remove() }
        let budget = UnpackBudget(limit: options.unpackLimit, ratio: options.unpackRatio, cancellation: options.cancellation)
        var ingest = LayerIngest(LayerReader(store: self, workspace: workspace, budget: budget, meter: ProgressMeter(total: nil, progress)))
        do throws(ApusError) {
            let images: [ReadyImage]
            switch try OpenedArchive.open(archive, in: workspace, budget) {
            case .images(let files): images = try take(planImages(files, ownName: archive.ownName, platform: options.platform, budget), &ingest)
            case .rootfs(let source, let compression): images = [try takeRootfs(source, compression, archive, options.platform ?? .host, &ingest)]
            }
            return try commit(images, ingest, options)
        } catch {
            // What cancelled it, not where it was then.
            throw (options.cancellation.failure ?? error).within("cannot load \(archive.name)")
        }
    }

    /// An image whose layers are read.
    struct ReadyImage {
        var references: [ImageReference]
        var configDigest: Digest
        var manifest: Descriptor
        var documents: [Digest: [UInt8]]
        var chain: [Digest]
        var layers: [Descriptor]
    }

    private func take(_ planned: [PlannedImage], _ ingest: inout LayerIngest) throws(ApusError) -> [ReadyImage] {
        let layers = try ingest.take(planned.map(\.layers))
        var images = [ReadyImage]()
        for (image, layers) in zip(planned, layers) { images.append(try ready(image, layers)) }
        return images
    }

    private func takeRootfs(
        _ source: any ByteSource, _ compression: Compression, _ archive: ImageArchive, _ platform: Platform, _ ingest: inout LayerIngest
    ) throws(ApusError) -> ReadyImage {
        let reading = try ingest.takeRootfs(source, compression)
        // Everything follows from the content, so the same tar is the same image each time.
        let created = reading.newest.map(\.description)
        let history = ImageConfig.HistoryEntry(created: created, comment: "root filesystem archive")
        let config = ImageConfig(platform: platform, diffIDs: [reading.diffID], config: ExecutionParameters(), created: created, history: [history])
        let references = archive.ownName.flatMap { try? ImageReference($0) }.map { [$0] } ?? []
        let planned = PlannedImage(
            references: references, config: config, configBytes: try encodeJSON(config), manifestBytes: nil, manifestType: .manifest, layers: [])
        return try ready(planned, [reading.blob])
    }

    func ready(_ image: PlannedImage, _ layers: [Descriptor]) throws(ApusError) -> ReadyImage {
        let configDigest = Sha256.digest(of: image.configBytes)
        let config = Descriptor(mediaType: .config, digest: configDigest, size: image.configBytes.count)
        let manifestBytes: [UInt8]
        if let own = image.manifestBytes { manifestBytes = own } else { manifestBytes = try encodeJSON(ImageManifest(config: config, layers: layers)) }
        let manifest = Descriptor(mediaType: image.manifestType, digest: Sha256.digest(of: manifestBytes), size: manifestBytes.count)
        return ReadyImage(
            references: image.references, configDigest: configDigest, manifest: manifest,
            documents: [configDigest: image.configBytes, manifest.digest: manifestBytes], chain: chainIDs(image.config.rootfs.diffIDs), layers: layers)
    }

    /// Moves everything into place, the index last.
    func commit(_ images: [ReadyImage], _ ingest: LayerIngest, _ options: LoadOptions) throws(ApusError) -> [LoadedImage] {
        let lock = try StoreLock(self)
        do throws(ApusError) {
            return try place(images, ingest, options, lock)
        } catch {
            // On a full disk some of it may be in its place: what no other image needs goes again.
            let blobs = Array(ingest.blobs.keys) + images.flatMap(\.documents.keys)
            _ = try? sweep(Array(ingest.layers.keys), blobs, readIndex(), into: ingest.reader.workspace)
            throw error
        }
    }

    private func place(
        _ images: [ReadyImage], _ ingest: LayerIngest, _ options: LoadOptions, _ lock: borrowing StoreLock
    ) throws(ApusError) -> [LoadedImage] {
        for (digest, path) in ingest.blobs { try place(path, as: blobPath(digest)) }
        for (chainID, layer) in ingest.layers { try place(layer, chainID) }
        for image in images {
            for (digest, bytes) in image.documents where !fileExists(blobPath(digest)) { try replaceFile(blobPath(digest), with: bytes) }
            // A removal may have run since we looked.
            let missing = image.chain.contains { !fileExists(layerContent($0)) } || image.layers.contains { !fileExists(blobPath($0.digest)) }
            if missing { throw ApusError(.conflict, "a layer of it was removed meanwhile", hint: "load it again") }
        }
        var index = try readIndex()
        var loaded = [LoadedImage]()
        for image in images {
            var names = image.references.map(\.description)
            if !options.takesNames { names.removeAll { name in index.manifests.contains { $0.referenceName == name && $0.digest != image.manifest.digest } } }
            try name(image.manifest, names, id: image.configDigest, in: &index)
            loaded.append(LoadedImage(id: image.configDigest, manifestDigest: image.manifest.digest, references: image.references.map(\.familiar)))
        }
        if options.durability == .synced { try syncFileSystem(root) }
        if try index == readIndex() { return loaded }
        try write(index, lock, durability: options.durability)
        return loaded
    }

    /// Renames a file of the workspace into the store; what is there already is the same by its name.
    private func place(_ path: String, as final: String) throws(ApusError) {
        if fileExists(final) { return }
        try systemCall("cannot set the mode of \(path)") { unsafe chmod(path, 0o644) }
        try systemCall("cannot rename \(path) to \(final)") { unsafe rename(path, final) }
    }

    private func place(_ layer: UnpackedLayer, _ chainID: Digest) throws(ApusError) {
        let final = layerPath(chainID)
        if !fileExists(final) { try systemCall("cannot rename \(layer.path) to \(final)") { unsafe rename(layer.path, final) } }
        _ = try linkLayer(chainID)
    }
}

extension ImageStore {
    /// Unpacks the layers of an image of the store that are missing, from the store's own blobs.
    func unpackFromBlobs(_ image: StoredImage) throws(ApusError) {
        try prepare()
        let workspace = try Workspace(self)
        defer { workspace.remove() }
        guard image.manifest.layers.count == image.config.rootfs.diffIDs.count else {
            throw ApusError(.malformed, "the manifest \(image.manifestDigest) and its configuration do not fit")
        }
        let planned = try storedLayers(image)
        let budget = UnpackBudget(limit: LoadOptions().unpackLimit)
        var ingest = LayerIngest(LayerReader(store: self, workspace: workspace, budget: budget, meter: ProgressMeter(total: nil)))
        do {
            _ = try ingest.take([planned])
        } catch {
            throw error.within("cannot unpack the image \(image.id.short)")
        }
        let lock = try StoreLock(self)
        for (chainID, layer) in ingest.layers { try place(layer, chainID) }
        _ = consume lock
    }
}
