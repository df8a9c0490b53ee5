public import LinuxSystem
public import OCISpec

/// One row of a listing of images: a name and what it means.
public struct ImageSummary: Sendable, Equatable {
    /// The repository as users write it; nil for a dangling image, which listings show as `<none>`.
    public let repository: String?
    /// The tag; nil for a dangling image.
    public let tag: String?
    /// The digest of the configuration.
    public let id: Digest
    /// The digest of the manifest.
    public let manifestDigest: Digest
    /// When the image was made; nil where it does not say.
    public let created: Timestamp?
    /// The bytes of the files of all its layers.
    public let size: Int
    /// Its labels.
    public let labels: [String: String]
    /// What it was built for.
    public let platform: Platform
}

/// An image with all that its documents say.
public struct InspectedImage: Sendable, Equatable {
    /// The digest of the configuration.
    public let id: Digest
    /// The digest of the manifest.
    public let manifestDigest: Digest
    /// What points to the manifest.
    public let descriptor: Descriptor
    /// Its whole names.
    public let references: [String]
    /// Its manifest.
    public let manifest: ImageManifest
    /// Its configuration.
    public let config: ImageConfig
    /// The bytes of the files of all its layers.
    public let size: Int
    /// The directories of its unpacked layers, the top one first.
    public let layers: [String]
}

extension ImageStore {
    /// The images, one row a name, the newest first; an image without names is one row.
    ///
    /// - Parameter isDamaged: told of images that cannot be read, by name, which are passed over.
    public func list(isDamaged: @escaping (String, ApusError) -> Void = { _, _ in }) throws(ApusError) -> [ImageSummary] {
        var rows = [ImageSummary]()
        for image in try storedImages(readIndex(), isDamaged: { isDamaged($0.shownName, $1) }) {
            let created = image.config.created.flatMap { Timestamp(rfc3339: $0) }
            let size = try size(of: image)
            let references = image.references.compactMap { try? ImageReference($0) }
            for reference in references.isEmpty ? [nil] : references.map(Optional.some) {
                rows.append(
                    ImageSummary(
                        repository: reference?.familiarRepository, tag: reference?.tag, id: image.id, manifestDigest: image.manifestDigest,
                        created: created, size: size, labels: image.config.config?.labels ?? [:], platform: image.config.platform))
            }
        }
        let never = Timestamp(seconds: .min)
        return rows.sorted {
            ($0.created ?? never, $1.repository ?? "", $1.tag ?? "", $0.id) > ($1.created ?? never, $0.repository ?? "", $0.tag ?? "", $1.id)
        }
    }

    /// The image that a name, digest or ID means, with its documents.
    public func inspect(_ reference: String) throws(ApusError) -> InspectedImage {
        let index = try readIndex()
        let image = try find(reference, in: index)
        guard let descriptor = index.manifests.first(where: { $0.digest == image.manifestDigest })?.unnamed else {
            throw ApusError(.notFound, "no such image: \(reference)")
        }
        return InspectedImage(
            id: image.id, manifestDigest: image.manifestDigest, descriptor: descriptor, references: image.references.sorted(), manifest: image.manifest,
            config: image.config, size: try size(of: image), layers: image.chain.reversed().map(layerContent))
    }

    /// A layer that is not unpacked counts as its blob.
    private func size(of image: StoredImage) throws(ApusError) -> Int {
        var size = 0
        for (chainID, descriptor) in zip(image.chain, image.manifest.layers) { size += try layerRecord(chainID)?.size ?? max(0, descriptor.size) }
        return size
    }
}
