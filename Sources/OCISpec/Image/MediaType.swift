/// What a blob is (image-spec, media-types.md), with Docker's names for the same things.
public struct MediaType: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The text of the type.
    public let rawValue: String

    /// Takes any text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes any text.
    public init(stringLiteral value: String) { rawValue = value }
    /// The text of the type.
    public var description: String { rawValue }

    /// An OCI image index.
    public static let index: MediaType = "application/vnd.oci.image.index.v1+json"
    /// An OCI image manifest.
    public static let manifest: MediaType = "application/vnd.oci.image.manifest.v1+json"
    /// An OCI image configuration.
    public static let config: MediaType = "application/vnd.oci.image.config.v1+json"
    /// A layer as plain tar.
    public static let layer: MediaType = "application/vnd.oci.image.layer.v1.tar"
    /// A layer as tar, compressed by gzip.
    public static let layerGzip: MediaType = "application/vnd.oci.image.layer.v1.tar+gzip"
    /// A layer as tar, compressed by zstd.
    public static let layerZstd: MediaType = "application/vnd.oci.image.layer.v1.tar+zstd"
    /// Docker's manifest list.
    public static let dockerIndex: MediaType = "application/vnd.docker.distribution.manifest.list.v2+json"
    /// Docker's manifest, schema 2.
    public static let dockerManifest: MediaType = "application/vnd.docker.distribution.manifest.v2+json"
    /// Docker's image configuration.
    public static let dockerConfig: MediaType = "application/vnd.docker.container.image.v1+json"

    /// Whether a document of this type lists manifests.
    public var isIndex: Bool { self == .index || self == .dockerIndex }
    /// Whether a document of this type is the manifest of one image.
    public var isManifest: Bool { self == .manifest || self == .dockerManifest }
    /// Whether a document of this type is the configuration of an image that can be run.
    public var isImageConfig: Bool { self == .config || self == .dockerConfig }
}
