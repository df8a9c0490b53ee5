import Glibc
public import LinuxSystem
public import OCISpec

/// What the images of a store take, with what they share counted once.
public struct ImageUsage: Sendable, Equatable {
    /// One image.
    public struct Entry: Sendable, Equatable {
        /// Its ID.
        public let id: Digest
        /// Its whole names.
        public let references: [String]
        /// When it was made; nil where it does not say.
        public let created: Timestamp?
        /// The bytes of its layers' files.
        public let size: Int
        /// Of these, the bytes of layers that other images have too.
        public let shared: Int
    }

    /// The images, the newest first.
    public let images: [Entry]
    /// The bytes of all layers' files.
    public let layers: Int
    /// Of these, the bytes of layers that only images without users have.
    public let reclaimableLayers: Int
    /// The bytes of all blobs.
    public let blobs: Int
    /// Of these, the bytes of blobs that only images without users have.
    public let reclaimableBlobs: Int
}

extension ImageStore {
    /// Adds up what the images take.
    ///
    /// - Parameter isUsed: whether something needs the image with this ID.
    public func usage(isUsed: (Digest) -> Bool) throws(ApusError) -> ImageUsage {
        var images: [Digest: StoredImage] = [:]
        for image in try storedImages(readIndex()) {
            if images[image.id] == nil { images[image.id] = image } else { images[image.id]?.references += image.references }
        }
        var sizes: [Digest: Int] = [:]
        var users: [Digest: Int] = [:]
        var blobs: [Digest: Int] = [:]
        var (usedLayers, usedBlobs): (Set<Digest>, Set<Digest>) = ([], [])
        for image in images.values {
            for (chainID, descriptor) in zip(image.chain, image.manifest.layers) {
                if sizes[chainID] == nil { sizes[chainID] = try layerRecord(chainID)?.size ?? max(0, descriptor.size) }
            }
            for chainID in Set(image.chain) { users[chainID, default: 0] += 1 }
            let own = [image.manifestDigest, image.id] + image.manifest.layers.map(\.digest)
            for digest in own where blobs[digest] == nil { blobs[digest] = FileStamp(path: blobPath(digest))?.size ?? 0 }
            if isUsed(image.id) {
                usedLayers.formUnion(image.chain)
                usedBlobs.formUnion(own)
            }
        }
        func sum(_ of: [Digest: Int], except used: Set<Digest> = []) -> Int { of.reduce(0) { $0 + (used.contains($1.key) ? 0 : $1.value) } }
        let entries = images.values.map { image in
            ImageUsage.Entry(
                id: image.id, references: image.references.sorted(), created: image.config.created.flatMap { Timestamp(rfc3339: $0) },
                size: image.chain.reduce(0) { $0 + (sizes[$1] ?? 0) },
                shared: image.chain.reduce(0) { $0 + ((users[$1] ?? 0) > 1 ? sizes[$1] ?? 0 : 0) })
        }
        let never = Timestamp(seconds: .min)
        return ImageUsage(
            images: entries.sorted { ($0.created ?? never, $0.id) > ($1.created ?? never, $1.id) }, layers: sum(sizes),
            reclaimableLayers: sum(sizes, except: usedLayers), blobs: sum(blobs), reclaimableBlobs: sum(blobs, except: usedBlobs))
    }
}
