import Glibc
import LinuxSystem
import OCISpec

/// One manifest of the store with all its names and its documents.
struct StoredImage {
    var manifestDigest: Digest
    /// The whole names; none for a dangling image.
    var references: [String]
    var manifest: ImageManifest
    var config: ImageConfig

    var id: Digest { manifest.config.digest }
    var chain: [Digest] { chainIDs(config.rootfs.diffIDs) }
}

extension ImageStore {
    /// The images of an index in its order, each manifest once.
    ///
    /// Entries that are no image for this store, such as an index that another tool put there, are passed over.
    ///
    /// - Parameters:
    ///   - wanted: which of them; nil for all.
    ///   - isDamaged: told of those that cannot be read, which are passed over; without it one that was asked for is an error.
    func storedImages(
        _ index: ImageIndex, where wanted: ((Descriptor) -> Bool)? = nil, isDamaged: ((Descriptor, ApusError) -> Void)? = nil
    ) throws(ApusError) -> [StoredImage] {
        var images = [StoredImage]()
        var positions = [Digest: Int]()
        for descriptor in index.manifests where descriptor.mediaType.isManifest && wanted?(descriptor) != false {
            let name = descriptor.referenceName
            if let position = positions[descriptor.digest] {
                if let name { images[position].references.append(name) }
                continue
            }
            do {
                guard var image = try storedImage(descriptor.digest) else { continue }
                image.references = name.map { [$0] } ?? []
                positions[descriptor.digest] = images.count
                images.append(image)
            } catch  where error.errno == ENOENT || error.code == .malformed {
                // One damaged image must not hide the others; `system check` finds it.
                if wanted != nil && isDamaged == nil { throw error }
                isDamaged?(descriptor, error)
            }
        }
        return images
    }

    /// The image of a manifest, without its names; nil for what is no image.
    private func storedImage(_ digest: Digest) throws(ApusError) -> StoredImage? {
        let manifest = try readDocument(ImageManifest.self, digest, "manifest")
        guard manifest.config.mediaType.isImageConfig else { return nil }
        let config = try readDocument(ImageConfig.self, manifest.config.digest, "image configuration")
        return StoredImage(manifestDigest: digest, references: [], manifest: manifest, config: config)
    }

    /// The image that a user means by a name, a digest or an ID, or the beginning of one.
    ///
    /// A name goes before an ID, as with Docker.
    func find(_ text: String, in index: ImageIndex) throws(ApusError) -> StoredImage {
        let reference = try? ImageReference(text)
        if let reference, let digest = manifestDigest(reference, in: index) {
            if let image = try storedImages(index, where: { $0.digest == digest }).first { return image }
        }
        if let prefix = idPrefix(text) {
            let found = try storedImages(index).filter { $0.id.hex.hasPrefix(prefix) }
            // One configuration with several manifests is one image; the first in the index stands for it.
            let ids = Set(found.map(\.id))
            if ids.count > 1 {
                throw ApusError(.conflict, "the image ID \(text) is ambiguous: it begins \(ids.sorted().map(\.short).joined(separator: ", "))")
            }
            if let image = found.first { return image }
        }
        // A name that cannot be one is the user's mistake, not a missing image.
        if reference == nil && idPrefix(text) == nil { _ = try ImageReference(text) }
        throw ApusError(.notFound, "no such image: \(text)")
    }

    /// The manifest of a name; with a digest, that manifest if it is of the same repository.
    private func manifestDigest(_ reference: ImageReference, in index: ImageIndex) -> Digest? {
        guard let digest = reference.digest else {
            return index.manifests.first { $0.referenceName == reference.description }?.digest
        }
        return index.manifests.first { $0.digest == digest && isName($0.referenceName, of: reference.repository) }?.digest
    }

    private func isName(_ name: String?, of repository: String) -> Bool {
        name.flatMap { try? ImageReference($0) }?.repository == repository
    }

    /// The digits of an ID or its beginning; nil for what cannot be one.
    private func idPrefix(_ text: String) -> String? {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        let isHex = (1...64).contains(digits.utf8.count) && digits.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        return isHex ? String(digits) : nil
    }
}
