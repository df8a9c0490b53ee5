import Glibc
public import LinuxSystem
import OCISpec

/// The form of an archive that `save` writes.
public enum SaveFormat: String, Sendable, CaseIterable {
    /// What `docker save` writes since Docker 25: Docker's list in front of an OCI layout, for every version of `docker load`.
    case dockerArchive = "docker-archive"
    /// An OCI layout alone.
    case oci
}

extension ImageStore {
    /// Writes images as one tar: their manifests, configurations and layers byte for byte as the store has them.
    ///
    /// The same images give the same bytes. Documents come before layers, so that a reader of a stream knows what those are.
    ///
    /// - Parameters:
    ///   - names: a name takes that name along, a repository without a tag all its names, an ID none.
    ///   - fd: where it goes; it stays the caller's.
    ///   - cancellation: ends it.
    /// - Throws: `.notFound` for an unknown image, before anything is written; `.malformed` for a blob that is damaged.
    public func save(
        _ names: [String], format: SaveFormat, to fd: Int32, name: String, cancellation: Cancellation = Cancellation(),
        progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) throws(ApusError) {
        let images = try savedImages(names)
        let sink = DescriptorSink(fd, name: name)
        let tar = TarWriter(sink)
        func add(_ path: String, _ bytes: [UInt8]) throws(ApusError) { try tar.add(Self.member(path, size: bytes.count), bytes) }
        try add("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try add("index.json", try encodeJSON(Self.index(of: images)))
        if format == .dockerArchive { try add("manifest.json", try encodeJSON(images.map(DockerImage.init))) }
        for directory in ["blobs", "blobs/sha256"] {
            try tar.add(TarEntry(path: Array(directory.utf8), kind: .directory, mode: 0o755, owner: 0, group: 0, size: 0, modified: Timestamp(seconds: 0)))
        }
        let documents = images.flatMap { [$0.descriptor, $0.image.manifest.config] }
        var written: Set<Digest> = []
        let blobs = (documents + images.flatMap(\.image.manifest.layers)).filter { written.insert($0.digest).inserted }
        let meter = ProgressMeter(total: blobs.reduce(0) { $0 + $1.size }, progress)
        let budget = UnpackBudget(limit: .max, cancellation: cancellation)
        for blob in blobs { try copyBlob(blob, to: tar, meter, budget) }
        try tar.finish()
        try sink.flush()
    }

    private func copyBlob(_ blob: Descriptor, to tar: TarWriter, _ meter: ProgressMeter, _ budget: UnpackBudget) throws(ApusError) {
        let path = blobPath(blob.digest)
        let file = try openFile(path, O_RDONLY)
        guard try status(of: file.raw).st_size == blob.size else { throw damaged(blob) }
        let source = HashingSource(MeteredSource(FileSource(SharedFile(file, name: path)), meter), budget: budget)
        try tar.begin(Self.member(blobName(blob.digest), size: blob.size))
        let buffer = ByteBuffer(capacity: sourceBufferSize)
        while source.count < blob.size {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<min(sourceBufferSize, blob.size - source.count)])
            let count = try unsafe source.read(into: room)
            if count == 0 { throw damaged(blob) }
            try unsafe tar.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
        }
        guard source.digest == blob.digest else { throw damaged(blob) }
    }

    private func damaged(_ blob: Descriptor) -> ApusError {
        ApusError(.malformed, "the blob \(blob.digest) in \(images) is damaged", hint: "remove the image and load it again")
    }

    private static func member(_ path: String, size: Int) -> TarEntry {
        TarEntry(path: Array(path.utf8), kind: .file, mode: 0o644, owner: 0, group: 0, size: size, modified: Timestamp(seconds: 0))
    }

    /// Each image once, in the order of the names, with the names that go along.
    private func savedImages(_ names: [String]) throws(ApusError) -> [SavedImage] {
        let index = try readIndex()
        var saved = [SavedImage]()
        func add(_ image: StoredImage, _ references: [ImageReference]) {
            let position = saved.firstIndex { $0.image.manifestDigest == image.manifestDigest }
            if position == nil, let descriptor = index.manifests.first(where: { $0.digest == image.manifestDigest }) {
                saved.append(SavedImage(image: image, descriptor: descriptor.unnamed, references: references))
            } else if let position {
                saved[position].references += references.filter { !saved[position].references.contains($0) }
            }
        }
        let stored = try storedImages(index)
        for name in names {
            let reference = try? ImageReference(name)
            // A colon in the last part is a tag's; one before it is a registry's port.
            let hasNoTag = name.split(separator: "/").last?.contains(":") == false && reference?.digest == nil
            if let reference, hasNoTag {
                var found = false
                for image in stored {
                    let tags = image.references.compactMap { try? ImageReference($0) }.filter { $0.repository == reference.repository && $0.tag != nil }
                    if tags.isEmpty { continue }
                    add(image, tags.sorted { $0.description < $1.description })
                    found = true
                }
                if found { continue }
            }
            let image = try find(name, in: index)
            add(image, reference.map { [$0] }?.filter { image.references.contains($0.description) } ?? [])
        }
        return saved
    }

    /// The tag alone as the name, as Docker and containerd write it, with the whole one beside it; where images share a tag, the whole one twice.
    private static func index(of images: [SavedImage]) -> ImageIndex {
        var uses: [String: Int] = [:]
        for tag in images.flatMap(\.references).compactMap(\.tag) { uses[tag, default: 0] += 1 }
        var manifests = [Descriptor]()
        for saved in images {
            if saved.references.isEmpty { manifests.append(saved.descriptor) }
            for reference in saved.references {
                var named = saved.descriptor
                let short = reference.tag.flatMap { uses[$0] == 1 ? $0 : nil }
                named.annotations = (named.annotations ?? [:]).merging([
                    AnnotationKey.containerdImageName: reference.description, AnnotationKey.referenceName: short ?? reference.description,
                ]) { $1 }
                manifests.append(named)
            }
        }
        return ImageIndex(manifests: manifests)
    }
}

/// An image on its way into an archive.
private struct SavedImage {
    var image: StoredImage
    var descriptor: Descriptor
    var references: [ImageReference]
}

/// An entry of Docker's manifest.json.
private struct DockerImage: Encodable {
    let config: String
    let repoTags: [String]?
    let layers: [String]
    let layerSources: [String: Descriptor]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repoTags = "RepoTags"
        case layers = "Layers"
        case layerSources = "LayerSources"
    }

    init(_ saved: SavedImage) {
        let manifest = saved.image.manifest
        config = blobName(manifest.config.digest)
        // A digest is no tag: `docker load` refuses it.
        let tags = saved.references.filter { $0.tag != nil && $0.digest == nil }.map(\.familiar)
        repoTags = tags.isEmpty ? nil : tags
        layers = manifest.layers.map { blobName($0.digest) }
        layerSources = Dictionary(zip(saved.image.config.rootfs.diffIDs.map(\.description), manifest.layers)) { first, _ in first }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(config, forKey: .config)
        try container.encode(repoTags, forKey: .repoTags)
        try container.encode(layers, forKey: .layers)
        try container.encode(layerSources, forKey: .layerSources)
    }
}
