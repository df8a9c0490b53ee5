import Glibc
import LinuxSystem
import OCISpec

/// The images of one instance of Apus, below its root directory.
///
///     images/         an OCI image layout: oci-layout, index.json, blobs/sha256/*; skopeo and umoci read it as it is
///     images/lock     held by flock(2) while the index, blobs or layers change place
///     layers/CHAIN    one unpacked layer: fs/ (what overlayfs stacks) and layer.json
///     layers/l/NAME   short links to the fs directories, for overlay's option string
///     layers/skeleton mountpoints that every container needs
///     cache/          answers of `resolve`, each valid for one state of index.json
///     tmp/            one workspace a running load; a dead one is garbage
///
/// `index.json` alone says which images there are: it is replaced by rename as the last step of a load and as the first of a
/// removal, so a kill at any moment leaves a store that opens, and at most garbage for `prune`. What is complete is told by its
/// rename into place. A value holds no state; any number of processes and threads may use a store at once.
public struct ImageStore: Sendable {
    /// The root directory of the instance.
    public let root: String

    /// Names a store; nothing is read or made until it is used.
    public init(root: String) {
        self.root = root
    }

    /// The directory to which the names of layers in a `ResolvedImage` are relative.
    public var layerBase: String { "\(root)/layers/l" }

    var images: String { "\(root)/images" }
    var indexPath: String { "\(root)/images/index.json" }
    var workspaces: String { "\(root)/tmp" }
    var cache: String { "\(root)/cache" }
    func blobPath(_ digest: Digest) -> String { "\(root)/images/blobs/sha256/\(digest.hex)" }
    func layerPath(_ chainID: Digest) -> String { "\(root)/layers/\(chainID.hex)" }
    func layerContent(_ chainID: Digest) -> String { layerPath(chainID) + "/fs" }

    /// Makes what is missing of the store's own directories.
    func prepare() throws(ApusError) {
        // Layers hold setuid programs and images may hold secrets: nobody else on the host looks inside.
        for directory in ["images/blobs/sha256", "layers/l", "tmp", "cache"] { try makeDirectories("\(root)/\(directory)", mode: 0o700) }
        if fileExists(indexPath) { return }
        let lock = try StoreLock(self)
        try Skeleton.make(in: self)
        try replaceFile("\(images)/oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        if !fileExists(indexPath) { try write(ImageIndex(), lock) }
    }

    /// The list of images; empty where there is no store yet.
    func readIndex() throws(ApusError) -> ImageIndex {
        do {
            return try decodeJSON(ImageIndex.self, readFile(indexPath, limit: documentLimit), indexPath)
        } catch  where error.errno == ENOENT {
            return ImageIndex()
        }
    }

    /// Replaces the list of images in one step.
    func write(_ index: ImageIndex, _ lock: borrowing StoreLock, durability: Durability = .synced) throws(ApusError) {
        try replaceFile(indexPath, with: try encodeJSON(index), durability: durability)
    }

    /// A document of the store, checked against its digest.
    func readDocument<Value: Decodable>(_ type: Value.Type, _ digest: Digest, _ object: String) throws(ApusError) -> Value {
        let bytes: [UInt8]
        do { bytes = try readFile(blobPath(digest), limit: documentLimit) } catch  where error.errno == ENOENT {
            throw ApusError(.notFound, "the \(object) \(digest) is missing in \(images)", errno: ENOENT, hint: "load the image again")
        }
        guard Sha256.digest(of: bytes) == digest else {
            throw ApusError(.malformed, "the \(object) \(digest) in \(images) is damaged", hint: "see apus system check")
        }
        return try decodeJSON(type, bytes, "the \(object) \(digest)")
    }
}

/// The right to change index, blobs and layers of a store; others wait (flock(2)).
struct StoreLock: ~Copyable {
    private let fd: OwnedFD

    init(_ store: ImageStore) throws(ApusError) {
        let path = "\(store.images)/lock"
        let file = try openFile(path, O_RDWR | O_CREAT, mode: 0o600)
        try systemCall("cannot lock \(path)") { [raw = file.raw] in flock(raw, LOCK_EX) }
        fd = file
    }
}
