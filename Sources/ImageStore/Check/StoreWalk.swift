import Glibc
import LinuxSystem
import OCISpec

/// What the index leads to: the documents are checked on the way, the layers become jobs.
struct StoreWalk {
    let store: ImageStore
    var check = StoreCheck()
    var findings: [StoreFinding] = []
    private(set) var neededBlobs: Set<Digest> = []
    private(set) var neededLayers: Set<Digest> = []
    private var stored: [StoredImage] = []
    /// Whether a document is damaged, so that not everything that is needed is known.
    private var isPartial = false

    init(store: ImageStore) { self.store = store }

    /// Looks at the documents of everything that an index lists.
    mutating func add(_ index: ImageIndex) throws(ApusError) {
        for descriptor in index.manifests { try add(descriptor, name: descriptor.shownName) }
        check.images = Set(stored.map(\.id)).count
    }

    private mutating func add(_ descriptor: Descriptor, name: String) throws(ApusError) {
        if let known = stored.firstIndex(where: { $0.manifestDigest == descriptor.digest }) {
            if let reference = descriptor.referenceName { stored[known].references.append(reference) }
            return
        }
        guard neededBlobs.insert(descriptor.digest).inserted else { return }
        if descriptor.mediaType.isIndex {
            guard let inner = try document(ImageIndex.self, descriptor, "the index", name) else { return }
            // Another tool's: what it names need not be here.
            for one in inner.manifests where fileExists(store.blobPath(one.digest)) { try add(one.unnamed, name: name) }
            return
        }
        guard descriptor.mediaType.isManifest else { return check.blobs += 1 }
        guard let manifest = try document(ImageManifest.self, descriptor, "the manifest", name) else { return }
        neededBlobs.insert(manifest.config.digest)
        neededBlobs.formUnion(manifest.layers.map(\.digest))
        guard manifest.config.mediaType.isImageConfig, let config = try document(ImageConfig.self, manifest.config, "the configuration", name) else { return }
        neededLayers.formUnion(chainIDs(config.rootfs.diffIDs))
        guard manifest.layers.count == config.rootfs.diffIDs.count else {
            let problem = "the manifest lists \(manifest.layers.count) layers and its configuration \(config.rootfs.diffIDs.count)"
            return findings.append(StoreFinding(.document, descriptor.digest.description, problem, names: [name], repair: .load))
        }
        let references = descriptor.referenceName.map { [$0] } ?? []
        stored.append(StoredImage(manifestDigest: descriptor.digest, references: references, manifest: manifest, config: config))
    }

    /// A document; nil where it is damaged, which is found then.
    private mutating func document<Value: Decodable>(
        _ type: Value.Type, _ descriptor: Descriptor, _ object: String, _ name: String
    ) throws(ApusError) -> Value? {
        check.blobs += 1
        let problem: String
        var repair = StoreFinding.Repair.load
        do throws(ApusError) {
            return try store.readDocument(type, descriptor.digest, object)
        } catch  where error.errno == ENOENT {
            problem = "\(object) is missing"
        } catch  where error.code == .malformed {
            problem = "\(object) is damaged"
            repair = .remove
        }
        isPartial = true
        findings.append(StoreFinding(.document, descriptor.digest.description, problem, names: [name], repair: repair))
        return nil
    }

    /// One job for each layer and blob, and for blobs that no image needs: a load would take those for whole.
    func jobs(_ options: CheckOptions) throws(ApusError) -> [BlobCheck] {
        var jobs = [BlobCheck]()
        var known: [String: Int] = [:]
        for image in stored {
            let chain = image.chain
            for (index, descriptor) in image.manifest.layers.enumerated() {
                let key = "\(chain[index]) \(descriptor.digest)"
                if let position = known[key] {
                    jobs[position].images.append(image)
                    continue
                }
                known[key] = jobs.count
                // Two forms of one layer: it is compared with the first.
                let isFirst = !jobs.contains { $0.layer?.chainID == chain[index] }
                let layer = BlobCheck.Layer(chainID: chain[index], diffID: image.config.rootfs.diffIDs[index], below: Array(chain[..<index]))
                let blobIsNew = !jobs.contains { $0.descriptor.digest == descriptor.digest }
                jobs.append(BlobCheck(store, descriptor, isFirst ? layer : nil, image, countsBlob: blobIsNew, comparesContents: options.comparesContents))
            }
        }
        for name in try listDirectory("\(store.images)/blobs/sha256") {
            guard let digest = Digest(hex: name), !neededBlobs.contains(digest), let size = FileStamp(path: store.blobPath(digest))?.size else { continue }
            jobs.append(BlobCheck(store, Descriptor(mediaType: .layer, digest: digest, size: size), nil, nil, countsBlob: true, comparesContents: false))
        }
        return jobs
    }

    /// Looks at the short names of layers and at the skeleton.
    mutating func addLinks() throws(ApusError) {
        for name in try listDirectory(store.layerBase) where name != Skeleton.name && !name.hasPrefix("s") {
            let target = (try? readLink("\(store.layerBase)/\(name)")) ?? ""
            let parts = target.split(separator: "/")
            let isRight = parts.count == 3 && parts[0] == ".." && parts[2] == "fs" && parts[1].hasPrefix(name) && name.utf8.count >= 8
            if !isRight { findings.append(StoreFinding(.link, name, "the short name of a layer leads to \"\(target)\"", repair: .remake)) }
        }
        for image in stored {
            for chainID in Set(image.chain) where fileExists(store.layerPath(chainID)) && !store.hasLink(chainID) {
                findings.append(StoreFinding(.link, chainID.description, "the layer has no short name", [image], repair: .remake))
            }
        }
        if !stored.isEmpty, !Skeleton.isWhole(in: store) {
            findings.append(StoreFinding(.skeleton, Skeleton.name, "the mountpoints of all containers are damaged", repair: .remake))
        }
    }
}

extension ImageStore {
    /// Whether a layer has its short name.
    func hasLink(_ chainID: Digest) -> Bool {
        (8...64).contains { length in (try? readLink("\(layerBase)/\(chainID.hex.prefix(length))")) == "../\(chainID.hex)/fs" }
    }
}
