/// A pointer to a blob: what it is, its digest and its size (image-spec, descriptor.md).
public struct Descriptor: Sendable, Equatable, Codable {
    /// What the blob is.
    public var mediaType: MediaType
    /// The blob's name by content.
    public var digest: Digest
    /// The blob's length in bytes.
    public var size: Int
    /// Other places to fetch the blob from.
    public var urls: [String]?
    /// Free text by key; the keys of the specification are in `AnnotationKey`.
    public var annotations: [String: String]?
    /// For a manifest in an index: where the image runs.
    public var platform: Platform?
    /// For an artifact: what it is.
    public var artifactType: String?

    /// Makes a descriptor from its parts.
    public init(mediaType: MediaType, digest: Digest, size: Int, annotations: [String: String]? = nil, platform: Platform? = nil) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
    }
}

/// Keys of annotations that name images (image-spec, annotations.md) and those that containerd and Docker add.
public enum AnnotationKey {
    /// The name of an image in an OCI layout: a tag or a whole reference.
    public static let referenceName = "org.opencontainers.image.ref.name"
    /// The whole reference, as containerd and Docker write it beside a tag in `referenceName`.
    public static let containerdImageName = "io.containerd.image.name"
    /// Marks a manifest that describes another one (provenance, bill of materials) and is no image.
    public static let dockerReferenceType = "vnd.docker.reference.type"
}
