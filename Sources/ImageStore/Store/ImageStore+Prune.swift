import Glibc
public import LinuxSystem
public import OCISpec

/// What a `prune` removed.
public struct PruneReport: Sendable, Equatable {
    /// Dangling images by ID.
    public var images: [Digest] = []
    /// Layers by chain ID.
    public var layers: [Digest] = []
    /// How many blobs.
    public var blobs = 0
    /// How many directories of loads that died.
    public var workspaces = 0
    /// Bytes of the blobs and of the layers' files.
    public var bytes = 0

    /// Nothing yet.
    public init() {}
}

extension ImageStore {
    /// Removes what no image needs: blobs, layers, cached answers and what died loads left.
    ///
    /// - Parameters:
    ///   - danglingImages: also remove images without a name.
    ///   - users: the names of the containers that use the image with this ID; a used one stays.
    public func prune(danglingImages: Bool = false, users: (Digest) -> [String] = { _ in [] }) throws(ApusError) -> PruneReport {
        var report = PruneReport()
        guard fileExists(indexPath) else { return report }
        report.workspaces = Workspace.removeDead(self)
        let garbage = try Workspace(self)
        defer { garbage.remove() }
        let lock = try StoreLock(self)
        var index = try readIndex()
        if danglingImages {
            for image in try storedImages(index) where image.references.isEmpty && users(image.id).isEmpty {
                index.manifests.removeAll { $0.digest == image.manifestDigest }
                report.images.append(image.id)
            }
            if !report.images.isEmpty { try write(index, lock) }
        }
        let blobs = try listDirectory("\(images)/blobs/sha256")
        let layers = try listDirectory("\(root)/layers")
        let removed = try sweep(layers.compactMap { Digest(hex: $0) }, blobs.compactMap { Digest(hex: $0) }, index, into: garbage)
        report.layers = removed.layers
        report.blobs = removed.blobs
        report.bytes = removed.bytes
        // Left by a replacement that was killed; no name of a blob has a dot.
        for name in blobs where name.hasSuffix(".tmp") { try removeTree("\(images)/blobs/sha256/\(name)") }
        for name in try listDirectory(images) where name.hasSuffix(".tmp") { try removeTree("\(images)/\(name)") }
        for name in try listDirectory(cache) { try removeTree("\(cache)/\(name)") }
        for name in try listDirectory(layerBase) where !fileExists("\(layerBase)/\(name)/.") { try removeTree("\(layerBase)/\(name)") }
        return report
    }

    /// What `sweep` removed.
    struct Swept {
        var layers: [Digest] = []
        var blobs = 0
        var bytes = 0
    }

    /// Moves candidates that no image of the index needs out of the store, from where they are removed with the workspace.
    ///
    /// What a load relies on stays: that is about to be needed. The caller holds the store's lock and has written the index: references are derived from it, never counted.
    func sweep(_ layers: [Digest], _ blobs: [Digest], _ index: ImageIndex, into garbage: Workspace) throws(ApusError) -> Swept {
        var live = LiveSet()
        for descriptor in index.manifests where !fileExists(blobPath(descriptor.digest)) {
            throw ApusError(
                .malformed, "cannot tell what the image \(descriptor.shownName) needs: its manifest is missing", hint: "load it again, or remove it")
        }
        try live.add(index.manifests, from: self)
        var swept = Swept()
        for chainID in layers where !live.layers.contains(chainID) {
            guard let lock = StorePins.take(layerPath(chainID)) else { continue }
            defer { _ = lock.raw }
            swept.bytes += try layerRecord(chainID)?.size ?? 0
            try unlinkLayer(chainID)
            let grave = garbage.newPath("layer")
            try systemCall("cannot move \(layerPath(chainID))") { unsafe rename(layerPath(chainID), grave) }
            swept.layers.append(chainID)
        }
        for digest in Set(blobs).subtracting(live.blobs) {
            let path = blobPath(digest)
            guard let stamp = FileStamp(path: path), let lock = StorePins.take(path) else { continue }
            defer { _ = lock.raw }
            try removeTree(path)
            swept.bytes += stamp.size
            swept.blobs += 1
        }
        return swept
    }
}

/// Everything that the images of an index need.
private struct LiveSet {
    var blobs: Set<Digest> = []
    var layers: Set<Digest> = []

    mutating func add(_ descriptors: [Descriptor], from store: ImageStore) throws(ApusError) {
        for descriptor in descriptors where blobs.insert(descriptor.digest).inserted {
            // Another tool may have put some platforms of several here only.
            guard fileExists(store.blobPath(descriptor.digest)) else { continue }
            if descriptor.mediaType.isIndex {
                try add(try store.readDocument(ImageIndex.self, descriptor.digest, "image index").manifests, from: store)
            } else if descriptor.mediaType.isManifest {
                let manifest = try store.readDocument(ImageManifest.self, descriptor.digest, "manifest")
                blobs.insert(manifest.config.digest)
                blobs.formUnion(manifest.layers.map(\.digest))
                guard manifest.config.mediaType.isImageConfig else { continue }
                let config = try store.readDocument(ImageConfig.self, manifest.config.digest, "image configuration")
                layers.formUnion(chainIDs(config.rootfs.diffIDs))
            }
        }
    }
}
