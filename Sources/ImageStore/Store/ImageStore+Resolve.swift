import Glibc
public import LinuxSystem
import OCISpec

extension ImageStore {
    /// The image that a name, digest or ID means, ready to be run.
    ///
    /// On the way to a container's start: two small files are looked at, index.json by its stamp only. After any change to the
    /// store's images the answer is worked out again, once for each name.
    ///
    /// - Throws: `.notFound` for `no such image: NAME`; `.conflict` for the beginning of several IDs.
    public func resolve(_ reference: String) throws(ApusError) -> ResolvedImage {
        let record = "\(cache)/name-\(reference.utf8.contains(UInt8(ascii: "/")) ? escapedFileName(reference) : reference)"
        guard let stamp = FileStamp(path: indexPath) else { throw ApusError(.notFound, "no such image: \(reference)") }
        if let cached = readRecord(record), cached.stamp == stamp { return cached.image }
        let image = try find(reference, in: readIndex())
        return try remember(image, record, stamp)
    }

    /// The only image of an archive, ready to be run; the archive is loaded if its image is not in the store.
    ///
    /// Names that other images have stay theirs: to run a file must not change what a name means.
    /// An archive that was resolved before is known by its place and times and not read again.
    ///
    /// - Throws: `.conflict` for an archive with several images.
    public func resolve(
        archivePath path: String, options: LoadOptions = LoadOptions(), progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws(ApusError) -> ResolvedImage {
        guard let archive = archiveStamp(path) else {
            _ = try openFile(path, O_RDONLY)
            throw ApusError(.notFound, "cannot open \(path)")
        }
        let platform = options.platform.map { "-\(escapedFileName($0.description))" } ?? ""
        let record = "\(cache)/archive-\(archive.numbers.map(String.init).joined(separator: "-"))\(platform)"
        if let cached = readRecord(record), let stamp = FileStamp(path: indexPath) {
            if cached.stamp == stamp { return cached.image }
            let manifest = cached.image.manifestDigest
            if let image = try storedImages(readIndex(), where: { $0.digest == manifest }).first { return try remember(image, record, stamp) }
        }
        var options = options
        options.takesNames = false
        let images = try load(from: .path(path), options: options, progress: progress)
        guard let image = images.first, images.count == 1 else {
            let names = images.map { $0.references.first ?? $0.id.short }.joined(separator: ", ")
            throw ApusError(.conflict, "\(path) holds \(images.count) images: \(names)", hint: "they are loaded now; run one by its name")
        }
        guard let stamp = FileStamp(path: indexPath) else { throw ApusError(.notFound, "the store \(root) is gone") }
        let stored = try storedImages(readIndex(), where: { $0.digest == image.manifestDigest })
        guard let stored = stored.first else { throw ApusError(.conflict, "the image of \(path) was removed meanwhile", hint: "try again") }
        return try remember(stored, record, stamp)
    }

    /// A directory is known by its list of images.
    private func archiveStamp(_ path: String) -> FileStamp? {
        FileStamp(path: "\(path)/index.json") ?? FileStamp(path: path)
    }

    private func readRecord(_ path: String) -> ResolveRecord? {
        guard let bytes = try? readFile(path, limit: 1 << 20) else { return nil }
        return ResolveRecord(bytes, layerBase: layerBase)
    }

    /// Makes sure that the image's layers are there and keeps the answer for the next time.
    private func remember(_ image: StoredImage, _ record: String, _ stamp: FileStamp) throws(ApusError) -> ResolvedImage {
        let resolved = ResolvedImage(
            id: image.id, manifestDigest: image.manifestDigest, references: image.references.sorted(), platform: image.config.platform,
            config: image.config.config ?? ExecutionParameters(), layerBase: layerBase, layers: try layerNames(image))
        // A record that cannot be written is only a slower next start, for example on a full or read-only disk.
        try? replaceFile(record, with: Array(ResolveRecord(stamp: stamp, image: resolved).text.utf8), mode: 0o600)
        return resolved
    }

    /// The short names of an image's layers from the top down, and the skeleton.
    ///
    /// Layers that are missing, because another tool copied the image into the layout, are unpacked from their blobs first.
    private func layerNames(_ image: StoredImage) throws(ApusError) -> [String] {
        if image.chain.contains(where: { !fileExists(layerContent($0)) }) { try unpackFromBlobs(image) }
        let lock = try StoreLock(self)
        var names = [String]()
        for chainID in image.chain.reversed() {
            guard let layer = try layerRecord(chainID) else { throw ApusError(.conflict, "the layer \(chainID) was removed meanwhile", hint: "try again") }
            names.append(try linkLayer(chainID))
            if layer.hidesLower { break }
        }
        try Skeleton.make(in: self)
        _ = consume lock
        return names + [Skeleton.name]
    }
}

/// A reference as one file name.
private func escapedFileName(_ text: String) -> String {
    text.utf8.reduce(into: "") { $0 += $1 == UInt8(ascii: "/") ? "%" : String(UnicodeScalar($1)) }
}
