/// The configuration of an image: how to run it, its layers and its history (image-spec, config.md).
///
/// The digest of its bytes is the image's ID, so a stored configuration is never written again from this model.
public struct ImageConfig: Sendable, Equatable, Codable {
    /// When the image was made, in RFC 3339.
    public var created: String?
    /// Who made it.
    public var author: String?
    /// The processor, in Go's words.
    public var architecture: String
    /// The operating system, in Go's words.
    public var os: String
    /// The kind of processor.
    public var variant: String?
    /// How to run a container of the image.
    public var config: ExecutionParameters?
    /// The content of the layers.
    public var rootfs: RootFS
    /// The steps that made the layers, oldest first.
    public var history: [HistoryEntry]?
    /// Docker's remark of `docker commit` or `docker import`.
    public var comment: String?
    /// The version of Docker that made the image.
    public var dockerVersion: String?

    enum CodingKeys: String, CodingKey {
        case created, author, architecture, os, variant, config, rootfs, history, comment
        case dockerVersion = "docker_version"
    }

    /// Makes a configuration.
    public init(platform: Platform, diffIDs: [Digest], config: ExecutionParameters? = nil, created: String? = nil, history: [HistoryEntry]? = nil) {
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant
        self.config = config
        self.created = created
        rootfs = RootFS(diffIDs: diffIDs)
        self.history = history
    }

    /// Where the image runs.
    public var platform: Platform { Platform(os: os, architecture: architecture, variant: variant) }

    /// The digests of the layers' uncompressed tars.
    public struct RootFS: Sendable, Equatable, Codable {
        /// Always `layers`.
        public var type: String
        /// One digest a layer, base layer first.
        public var diffIDs: [Digest]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        /// Takes the layers' digests, base layer first.
        public init(diffIDs: [Digest]) {
            type = "layers"
            self.diffIDs = diffIDs
        }

        /// Reads the object; `null` stands for no layers in Docker's oldest images.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decodeIfPresent(String.self, forKey: .type) ?? "layers"
            diffIDs = try container.decodeIfPresent([Digest].self, forKey: .diffIDs) ?? []
        }
    }

    /// One step that made the image.
    public struct HistoryEntry: Sendable, Equatable, Codable {
        /// When, in RFC 3339.
        public var created: String?
        /// The command.
        public var createdBy: String?
        /// Who.
        public var author: String?
        /// A remark.
        public var comment: String?
        /// True where the step made no layer.
        public var emptyLayer: Bool?

        enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }

        /// Makes a step.
        public init(created: String? = nil, createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool? = nil) {
            self.created = created
            self.createdBy = createdBy
            self.comment = comment
            self.emptyLayer = emptyLayer
        }
    }
}
