import CShim
import Glibc
public import LinuxSystem
public import OCISpec

extension ImageStore {
    /// Mends what a check found, as far as what is left of the store allows.
    ///
    /// A layer is exchanged in one step. Containers that have it mounted go on with the damaged one, which stays beside the new one as
    /// `CHAIN.replaced-N` until `removeReplacedLayers` is told that nobody does.
    ///
    /// - Parameter isMounted: the names of the containers that run on the layer with this chain ID.
    /// - Returns: the same check with what was repaired.
    public func repair(
        _ check: StoreCheck, _ options: CheckOptions = CheckOptions(), isMounted: (Digest) throws(ApusError) -> [String]
    ) throws(ApusError) -> StoreCheck {
        var result = check
        if check.findings.isEmpty { return result }
        try prepare()
        if check.findings.contains(where: { $0.kind == .index }) { try rebuildIndex() }
        for position in result.findings.indices {
            let finding = result.findings[position]
            switch (finding.kind, finding.repair) {
            case (_, .remove): try removeDamaged(finding)
            case (.link, .remake): try relink(finding.object)
            case (.skeleton, _): try remakeSkeleton()
            default: break
            }
            result.findings[position].isRepaired = finding.repair == .remake || finding.repair == .remove && finding.images.isEmpty
        }
        let layers = Set(check.findings.filter { $0.repair == .unpack }.compactMap { Digest($0.object) })
        if layers.isEmpty { return result }
        let mounted = try unpackAgain(layers, options, isMounted)
        for position in result.findings.indices where result.findings[position].repair == .unpack {
            guard let chainID = Digest(result.findings[position].object), let users = mounted[chainID] else { continue }
            result.findings[position].isRepaired = true
            result.findings[position].stillUsedBy = users
        }
        return result
    }

    /// Removes the damaged layers that a repair left for containers.
    ///
    /// - Returns: the bytes that they took on the disk.
    public func removeReplacedLayers(isMounted: (Digest) throws(ApusError) -> [String]) throws(ApusError) -> Int {
        var bytes = 0
        for name in try listDirectory("\(root)/layers") where name.utf8.count > 64 {
            guard let chainID = Digest(hex: String(name.prefix(64))), name.dropFirst(64).hasPrefix(".replaced-"), try isMounted(chainID).isEmpty else {
                continue
            }
            bytes += diskUsage(of: "\(root)/layers/\(name)")
            try removeTree("\(root)/layers/\(name)")
        }
        return bytes
    }

    /// A damaged blob is worth less than none: a load takes what is there for whole.
    private func removeDamaged(_ finding: StoreFinding) throws(ApusError) {
        guard let digest = Digest(finding.object) else { return }
        let lock = try StoreLock(self)
        // Another load may have brought it anew meanwhile.
        let source = HashingSource(FileSource(SharedFile(try openFile(blobPath(digest), O_RDONLY), name: blobPath(digest))))
        try source.drain()
        if source.digest != digest { try removeTree(blobPath(digest)) }
        _ = consume lock
    }

    /// A list of all manifests that are there; their names are lost, but for those that a damaged list still shows to a person's eye.
    private func rebuildIndex() throws(ApusError) {
        let lock = try StoreLock(self)
        if (try? readIndex()) != nil, fileExists(indexPath) { return }
        var index = ImageIndex()
        for name in try listDirectory("\(images)/blobs/sha256").sorted() {
            guard let digest = Digest(hex: name), let size = FileStamp(path: blobPath(digest))?.size, size <= documentLimit else { continue }
            guard let manifest = try? readDocument(ImageManifest.self, digest, "manifest"), manifest.config.mediaType.isImageConfig else { continue }
            index.add(Descriptor(mediaType: manifest.mediaType ?? .manifest, digest: digest, size: size), names: [])
        }
        if fileExists(indexPath) { try systemCall("cannot put \(indexPath) aside") { unsafe rename(indexPath, "\(indexPath).damaged") } }
        try write(index, lock)
    }

    private func relink(_ object: String) throws(ApusError) {
        let lock = try StoreLock(self)
        if let chainID = Digest(object) {
            _ = try linkLayer(chainID)
        } else {
            // Containers know the layer by this name.
            let owners = try listDirectory("\(root)/layers").filter { $0.utf8.count == 64 && $0.hasPrefix(object) }
            try removeTree("\(layerBase)/\(object)")
            if owners.count == 1, object.utf8.count >= 8 {
                try systemCall("cannot make the link \(layerBase)/\(object)") { unsafe symlink("../\(owners[0])/fs", "\(layerBase)/\(object)") }
            }
        }
        _ = consume lock
    }

    /// Containers that run keep the one that they have.
    private func remakeSkeleton() throws(ApusError) {
        let lock = try StoreLock(self)
        if fileExists("\(root)/layers/\(Skeleton.name)") {
            let grave = "\(workspaces)/\(Skeleton.name)-\(getpid())-damaged"
            try systemCall("cannot move the damaged \(Skeleton.name)") { unsafe rename("\(root)/layers/\(Skeleton.name)", grave) }
        }
        try removeTree("\(layerBase)/\(Skeleton.name)")
        try Skeleton.make(in: self)
        _ = consume lock
    }

    /// Unpacks layers from their blobs and puts them in the place of those that are there.
    ///
    /// - Returns: those that were, with the containers that have the old one mounted.
    private func unpackAgain(
        _ damaged: Set<Digest>, _ options: CheckOptions, _ isMounted: (Digest) throws(ApusError) -> [String]
    ) throws(ApusError) -> [Digest: [String]] {
        var left = damaged
        var mounted: [Digest: [String]] = [:]
        for image in try storedImages(readIndex()) {
            let wanted = left.intersection(image.chain)
            if wanted.isEmpty { continue }
            let workspace = try Workspace(self)
            defer { workspace.remove() }
            let budget = UnpackBudget(limit: .max, cancellation: options.cancellation)
            var ingest = LayerIngest(LayerReader(store: self, workspace: workspace, budget: budget, meter: ProgressMeter(total: nil)), again: wanted)
            do {
                _ = try ingest.take([storedLayers(image)])
            } catch {
                throw (options.cancellation.failure ?? error).within("cannot unpack the image \(image.id.short) again")
            }
            let lock = try StoreLock(self)
            for (chainID, layer) in ingest.layers {
                try exchange(layer, chainID)
                let users = try isMounted(chainID)
                if !users.isEmpty, fileExists(layer.path) {
                    let place = "\(layerPath(chainID)).replaced-\(UInt32.random(in: .min ... .max))"
                    try systemCall("cannot keep the damaged layer for the containers that run on it") { unsafe rename(layer.path, place) }
                }
                mounted[chainID] = users
            }
            _ = consume lock
            left.subtract(wanted)
        }
        return mounted
    }

    /// Puts a layer in its place, and what was there in the workspace.
    private func exchange(_ layer: UnpackedLayer, _ chainID: Digest) throws(ApusError) {
        let final = layerPath(chainID)
        if fileExists(final) {
            try systemCall("cannot exchange \(layer.path) and \(final)") { unsafe apus_renameat2(AT_FDCWD, layer.path, AT_FDCWD, final, 2) }  // RENAME_EXCHANGE
        } else {
            try systemCall("cannot rename \(layer.path) to \(final)") { unsafe rename(layer.path, final) }
        }
        _ = try linkLayer(chainID)
    }
}
