public import OCISpec

/// Something damaged in a store of images.
public struct StoreFinding: Sendable, Equatable {
    /// What is damaged.
    public enum Kind: String, Sendable {
        /// The list of images.
        case index
        /// A manifest, a configuration or an index of several platforms.
        case document
        /// A layer's blob.
        case blob
        /// An unpacked layer.
        case layer
        /// A short name of a layer.
        case link
        /// The mountpoints that every container needs.
        case skeleton
    }

    /// What can be done about it.
    public enum Repair: Sendable, Equatable {
        /// The layer is unpacked again from its blob.
        case unpack
        /// The blob is removed, so that the next load of the image brings it again.
        case remove
        /// It is made anew from what else is there.
        case remake
        /// Only a load of the image brings it again.
        case load
    }

    /// What is damaged.
    public let kind: Kind
    /// Its digest, chain ID or name.
    public let object: String
    /// What is wrong.
    public let problem: String
    /// The names of the images that need it, in the familiar form; the beginning of the ID for an image without a name.
    public let images: [String]
    /// The IDs of those images, as far as they are known.
    public let imageIDs: [Digest]
    /// What can be done.
    public let repair: Repair
    /// Whether that was done, and helped.
    public internal(set) var isRepaired = false
    /// The containers that run on the damaged layer until they are started again, though it is repaired.
    public internal(set) var stillUsedBy: [String] = []

    init(_ kind: Kind, _ object: String, _ problem: String, _ images: [StoredImage] = [], names: [String] = [], repair: Repair) {
        self.kind = kind
        self.object = object
        self.problem = problem
        self.images = names + images.flatMap(\.shownNames)
        imageIDs = images.map(\.id)
        self.repair = repair
    }
}

/// What a check of a store came to.
public struct StoreCheck: Sendable, Equatable {
    /// How many images were looked at.
    public internal(set) var images = 0
    /// How many blobs, needed or not.
    public internal(set) var blobs = 0
    /// How many unpacked layers.
    public internal(set) var layers = 0
    /// What nothing needs and a prune removes: blobs, layers, and what killed commands left.
    public internal(set) var garbage = 0
    /// What is damaged.
    public internal(set) var findings: [StoreFinding] = []
}

extension StoredImage {
    /// Its names as users write them, or the beginning of its ID.
    var shownNames: [String] {
        references.isEmpty ? [id.short] : references.sorted().map { (try? ImageReference($0))?.familiar ?? $0 }
    }
}
