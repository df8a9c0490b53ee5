import LinuxSystem
import OCISpec

/// Plans the images of an OCI layout (image-spec, image-layout.md): of several platforms the host's, of nested indexes the
/// manifest that they lead to.
struct OCILayout {
    let files: any ArchiveFiles
    /// The repository for images that only have a tag.
    let ownName: String?
    var platform = Platform.host
    /// Whether an image of another platform is refused also where it is the only one.
    var isStrict = false

    /// Indexes below indexes; digests rule out real circles, but not lists that name one index a million times.
    private static let depthLimit = 8
    private static let indexLimit = 1000

    /// What was seen on the way down the indexes.
    private struct Search {
        var platforms = Set<Platform>()
        var indexes = 0
    }

    func plan() throws(ApusError) -> [PlannedImage] {
        let index = try decodeJSON(ImageIndex.self, try files.document("index.json", "the list of images"), "index.json")
        var images = [PlannedImage]()
        var planned = [Digest: Int]()
        var search = Search()
        for group in try groups(index.manifests) {
            guard let descriptor = try choose(group.descriptors, depth: 0, &search) else { continue }
            if let position = planned[descriptor.digest] {
                for reference in group.references where !images[position].references.contains(reference) {
                    images[position].references.append(reference)
                }
                continue
            }
            planned[descriptor.digest] = images.count
            images.append(try image(descriptor, group.references))
        }
        if images.isEmpty {
            throw noImage(for: platform, among: search.platforms)
        }
        return images
    }

    private struct Group {
        var references: [ImageReference]
        var descriptors: [Descriptor]
    }

    /// The descriptors by name: those of one name are one image for several platforms, as are those without a name that all have a platform.
    private func groups(_ descriptors: [Descriptor]) throws(ApusError) -> [Group] {
        var groups = [Group]()
        var positions = [String: Int]()
        for descriptor in descriptors {
            let name = descriptor.annotations?[AnnotationKey.containerdImageName] ?? descriptor.annotations?[AnnotationKey.referenceName]
            let key = name ?? (descriptor.platform == nil ? "@\(descriptor.digest)" : "")
            if let position = positions[key] {
                groups[position].descriptors.append(descriptor)
            } else {
                positions[key] = groups.count
                groups.append(Group(references: try reference(descriptor).map { [$0] } ?? [], descriptors: [descriptor]))
            }
        }
        return groups
    }

    /// The name of an image in the layout: the whole one of containerd, else the specification's, which may be a tag alone.
    private func reference(_ descriptor: Descriptor) throws(ApusError) -> ImageReference? {
        if let name = descriptor.annotations?[AnnotationKey.containerdImageName] { return try ImageReference(name) }
        guard let name = descriptor.annotations?[AnnotationKey.referenceName] else { return nil }
        // `latest` and versions are tags; any other single word is a repository, as Podman reads it.
        let isTag = name == "latest" || name.utf8.first.map { (48...57).contains($0) } == true
        if !isTag || name.contains("/") || name.contains(":") { return try ImageReference(name) }
        return ownName.flatMap { try? ImageReference("\($0):\(name)") }
    }

    /// The manifest for the platform among descriptors of manifests and indexes; nil where there is none.
    private func choose(_ descriptors: [Descriptor], depth: Int, _ search: inout Search) throws(ApusError) -> Descriptor? {
        search.indexes += 1
        if depth > Self.depthLimit || search.indexes > Self.indexLimit {
            throw ApusError(.malformed, "the indexes are nested too deep or lead back to themselves")
        }
        var best: (descriptor: Descriptor, distance: Int)?
        for descriptor in descriptors where isImage(descriptor) {
            if let other = descriptor.platform { search.platforms.insert(other) }
            let distance = descriptor.platform.map { $0.distance(to: platform) } ?? 0
            // A single image that does not say its platform, or says another one and has no rival, is taken as it is.
            guard let distance = distance ?? (descriptors.count == 1 && depth == 0 && !isStrict ? 2 : nil), distance < best?.distance ?? .max else { continue }
            if descriptor.mediaType.isManifest {
                best = (descriptor, distance)
            } else if let inner = try choose(try index(descriptor).manifests, depth: depth + 1, &search) {
                best = (inner, distance)
            }
        }
        return best?.descriptor
    }

    private func index(_ descriptor: Descriptor) throws(ApusError) -> ImageIndex {
        try decodeJSON(ImageIndex.self, try files.blob(descriptor, "the image index"), "the image index \(descriptor.digest)")
    }

    /// Attestations and artifacts stand in indexes beside images.
    private func isImage(_ descriptor: Descriptor) -> Bool {
        (descriptor.mediaType.isManifest || descriptor.mediaType.isIndex) && descriptor.artifactType == nil
            && descriptor.annotations?[AnnotationKey.dockerReferenceType] == nil && descriptor.platform?.os != "unknown"
    }

    private func image(_ descriptor: Descriptor, _ references: [ImageReference]) throws(ApusError) -> PlannedImage {
        let bytes = try files.blob(descriptor, "the manifest")
        let manifest = try decodeJSON(ImageManifest.self, bytes, "the manifest \(descriptor.digest)")
        guard manifest.config.mediaType.isImageConfig else {
            throw ApusError(.notSupported, "the manifest \(descriptor.digest) is no image but \(manifest.artifactType ?? manifest.config.mediaType.rawValue)")
        }
        let configBytes = try files.blob(manifest.config, "the image configuration")
        let config = try decodeJSON(ImageConfig.self, configBytes, "the image configuration \(manifest.config.digest)")
        guard manifest.layers.count == config.rootfs.diffIDs.count else {
            throw ApusError(
                .malformed, "the manifest \(descriptor.digest) lists \(manifest.layers.count) layers and its configuration \(config.rootfs.diffIDs.count)")
        }
        if isStrict, config.platform.distance(to: platform) == nil { throw noImage(for: platform, among: [config.platform]) }
        var layers = [PlannedLayer]()
        for (layer, diffID) in zip(manifest.layers, config.rootfs.diffIDs) {
            guard let file = try files.find(blobName(layer.digest)) else { throw ApusError(.malformed, "the layer \(layer.digest) is missing") }
            layers.append(PlannedLayer(file: file, descriptor: layer, diffID: diffID))
        }
        return PlannedImage(
            references: references, config: config, configBytes: configBytes, manifestBytes: bytes, manifestType: descriptor.mediaType, layers: layers)
    }
}
