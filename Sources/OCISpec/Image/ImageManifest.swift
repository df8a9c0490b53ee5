/// The parts of one image: its configuration and its layers from the bottom up (image-spec, manifest.md).
public struct ImageManifest: Sendable, Equatable, Codable {
    /// Always 2.
    public var schemaVersion: Int
    /// What this document is; older writers leave it out.
    public var mediaType: MediaType?
    /// What an artifact is; images have none.
    public var artifactType: String?
    /// The image configuration.
    public var config: Descriptor
    /// The layers, base layer first.
    public var layers: [Descriptor]
    /// Free text by key.
    public var annotations: [String: String]?

    /// Makes an OCI manifest.
    public init(config: Descriptor, layers: [Descriptor]) {
        schemaVersion = 2
        mediaType = .manifest
        self.config = config
        self.layers = layers
    }
}

/// A list of manifests, for several platforms or of several images (image-spec, image-index.md).
public struct ImageIndex: Sendable, Equatable, Codable {
    /// Always 2.
    public var schemaVersion: Int
    /// What this document is; older writers leave it out.
    public var mediaType: MediaType?
    /// The manifests, or further indexes.
    public var manifests: [Descriptor]
    /// Free text by key.
    public var annotations: [String: String]?

    /// Makes an OCI index.
    public init(manifests: [Descriptor] = []) {
        schemaVersion = 2
        mediaType = .index
        self.manifests = manifests
    }
}
