public import LinuxSystem
import OCISpec

extension ImageStore {
    /// Gives an image one more name; a name that means another image moves.
    ///
    /// - Parameters:
    ///   - source: a name, digest or ID.
    ///   - target: the new name.
    public func tag(_ source: String, _ target: String) throws(ApusError) {
        let reference = try ImageReference(target)
        guard reference.digest == nil else { throw ApusError(.invalidArgument, "cannot tag an image as \(target): a tag has no digest") }
        try requireStore(source)
        let lock = try StoreLock(self)
        var index = try readIndex()
        let image = try find(source, in: index)
        guard let descriptor = index.manifests.first(where: { $0.digest == image.manifestDigest }) else { return }
        try name(descriptor.unnamed, [reference.description], id: image.id, in: &index)
        try write(index, lock)
    }

    /// Gives names to a manifest.
    ///
    /// An image that lost its last name by it becomes dangling, but not one that is the same image by its ID: then another manifest of it,
    /// as of another packing, stands for it from now on.
    func name(_ manifest: Descriptor, _ names: [String], id: Digest, in index: inout ImageIndex) throws(ApusError) {
        let losers = Set(index.manifests.filter { $0.digest != manifest.digest && names.contains($0.referenceName ?? "") }.map(\.digest))
        index.add(manifest, names: names)
        for loser in try storedImages(index, where: { losers.contains($0.digest) }, isDamaged: { _, _ in }) where loser.id == id && loser.references.isEmpty {
            index.manifests.removeAll { $0.digest == loser.manifestDigest }
        }
    }

    /// Without a store there is no image of any name.
    func requireStore(_ reference: String) throws(ApusError) {
        if !fileExists(indexPath) { throw ApusError(.notFound, "no such image: \(reference)") }
    }
}
