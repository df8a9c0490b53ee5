import Glibc
import LinuxSystem
import OCISpec
import Synchronization

/// Reads one blob to its end, and compares the unpacked layer with it on the way.
final class BlobCheck: Sendable {
    /// The layer that the blob is of.
    struct Layer: Sendable {
        let chainID: Digest
        let diffID: Digest
        /// The chain IDs of the layers below it, base layer first.
        let below: [Digest]
    }

    /// What was found.
    private struct Outcome: Sendable {
        var blob: String?
        var blobIsThere = true
        var layer: String?
        /// Nil for a layer that is not unpacked.
        var isUnpacked = true
        var failure: ApusError?
    }

    let store: ImageStore
    let descriptor: Descriptor
    let layer: Layer?
    let countsBlob: Bool
    private let comparesContents: Bool
    private let users: Mutex<[StoredImage]>
    private let outcome = Mutex(Outcome())

    init(_ store: ImageStore, _ descriptor: Descriptor, _ layer: Layer?, _ image: StoredImage?, countsBlob: Bool, comparesContents: Bool) {
        self.store = store
        self.descriptor = descriptor
        self.layer = layer
        self.countsBlob = countsBlob
        self.comparesContents = comparesContents
        users = Mutex(image.map { [$0] } ?? [])
    }

    var size: Int { max(0, descriptor.size) }
    var images: [StoredImage] {
        get { users.withLock { $0 } }
        set { users.withLock { $0 = newValue } }
    }

    /// Reads and compares, on whatever thread.
    func run(_ budget: UnpackBudget, _ meter: ProgressMeter) {
        var found = Outcome()
        do throws(ApusError) {
            try compare(budget, meter, &found)
        } catch {
            found.failure = error
            budget.cancellation.cancel(because: error)
        }
        outcome.withLock { [found] in $0 = found }
    }

    private func compare(_ budget: UnpackBudget, _ meter: ProgressMeter, _ found: inout Outcome) throws(ApusError) {
        try budget.cancellation.check()
        let path = store.blobPath(descriptor.digest)
        let record = recordProblem(&found)
        let file: OwnedFD
        do {
            file = try openFile(path, O_RDONLY)
        } catch  where error.errno == ENOENT {
            found.blobIsThere = false
            found.blob = "it is missing"
            found.layer = record
            return
        }
        let size = try status(of: file.raw).st_size
        let raw = HashingSource(MeteredSource(FileSource(SharedFile(file, name: path)), meter), budget: budget)
        var problems: [(path: String, text: String)] = []
        var hides = false
        var digest: Digest?
        do throws(ApusError) {
            if let layer { (problems, hides) = try compareLayer(layer, raw, size, skips: record != nil || !found.isUnpacked, &found) }
            try raw.drain()
            digest = raw.digest
        } catch  where error.code == .malformed {
            found.blob = error.message
            // A helper of the decompression may be reading still: another reader goes on.
            let whole = HashingSource(FileSource(SharedFile(try openFile(path, O_RDONLY), name: path)), budget: budget)
            try whole.drain()
            digest = whole.digest
        }
        if size != descriptor.size {
            found.blob = "it has \(size) bytes and should have \(descriptor.size)"
        } else if let digest, digest != descriptor.digest {
            found.blob = "its digest is \(digest)"
        }
        if found.blob != nil || !found.isUnpacked { return found.layer = record }
        found.layer =
            record
            ?? problems.first.map { first in
                "\(first.path) \(first.text)" + (problems.count > 1 ? ", and \(problems.count - 1) more" : "")
            }
        if found.layer == nil, let layer, hides != (try store.layerRecord(layer.chainID)?.hidesLower) { found.layer = "layer.json does not fit the blob" }
    }

    /// What is wrong with what is kept of the layer; nil for nothing.
    private func recordProblem(_ found: inout Outcome) -> String? {
        guard let layer else { return nil }
        guard fileExists(store.layerPath(layer.chainID)) else {
            found.isUnpacked = false
            return nil
        }
        guard fileExists(store.layerContent(layer.chainID)) else { return "its files are missing" }
        guard let record = try? store.layerRecord(layer.chainID) else { return "layer.json is missing or damaged" }
        return record.diffID == layer.diffID ? nil : "layer.json is of another layer"
    }

    /// The layers below as one, looked up only where a deletion must be told from what never was.
    private func lower(_ layer: Layer) -> LowerLayers {
        if layer.below.isEmpty { return LowerLayers(directories: []) }
        return LowerLayers(waiting: { [store] () throws(ApusError) in try store.lowerDirectories(layer.below) { _ in nil } })
    }

    private func compareLayer(
        _ layer: Layer, _ raw: HashingSource, _ size: Int, skips: Bool, _ found: inout Outcome
    ) throws(ApusError) -> (problems: [(path: String, text: String)], hides: Bool) {
        let prefix = try raw.prefix(16)
        let plain = HashingSource(try Compression(sniffing: prefix).plain(PrefixedSource(prefix, then: raw), size: size))
        var problems: [(path: String, text: String)] = []
        var hides = false
        if !skips {
            let check = try LayerCheck(directory: store.layerContent(layer.chainID), lower: lower(layer), comparesContents: comparesContents)
            let tar = TarReader(try ReadAheadSource(plain), needsEndMarker: false)
            while let entry = try tar.next() { try check.compare(entry, body: tar) }
            try tar.reader.drain()
            problems = try check.finish()
            hides = check.hidesLower
        } else {
            try plain.drain()
        }
        if plain.digest != layer.diffID { found.blob = "its uncompressed digest is \(plain.digest) where the image configuration says \(layer.diffID)" }
        return (problems, hides)
    }

    /// What is damaged.
    ///
    /// - Parameter users: a layer that is not unpacked is missed by containers only: the next start unpacks it.
    func findings(_ users: (Digest) -> [String]) throws(ApusError) -> [StoreFinding] {
        let (found, images) = (outcome.withLock { $0 }, images)
        if let failure = found.failure { throw failure }
        var findings = [StoreFinding]()
        if let problem = found.blob {
            findings.append(StoreFinding(.blob, descriptor.digest.description, problem, images, repair: found.blobIsThere ? .remove : .load))
        }
        guard let layer else { return findings }
        var problem = found.layer
        if !found.isUnpacked, images.contains(where: { !users($0.id).isEmpty }) { problem = "it is not unpacked" }
        if let problem {
            findings.append(StoreFinding(.layer, layer.chainID.description, problem, images, repair: found.blob == nil ? .unpack : .load))
        }
        return findings
    }
}

/// Numbered pieces of work that several threads take, each the next one.
final class WorkQueue: Sendable {
    private let count: Int
    private let next = Atomic(0)
    private let body: @Sendable (Int) -> Void

    init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.body = body
    }

    func run() {
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            if index >= count { return }
            body(index)
        }
    }
}
