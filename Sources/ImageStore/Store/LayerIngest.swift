import LinuxSystem
import OCISpec

/// A layer that was unpacked in the workspace.
struct UnpackedLayer {
    /// The directory that will be renamed to `layers/CHAIN`.
    let path: String
    let record: LayerRecord
}

/// Reads the layers of one archive: each once, with both digests, the copy for the store and the unpacking on the way.
///
///     file -> [digest of the blob, copy] -> decompression -> [digest of the tar, limit, copy] -> tar -> layer directory
struct LayerIngest {
    let store: ImageStore
    let workspace: Workspace
    let budget: UnpackBudget
    let progress: (LoadProgress) -> Void
    /// New layers by chain ID, and new blobs by digest: files in the workspace.
    private(set) var layers: [Digest: UnpackedLayer] = [:]
    private(set) var blobs: [Digest: String] = [:]

    init(_ store: ImageStore, _ workspace: Workspace, _ budget: UnpackBudget, _ progress: @escaping (LoadProgress) -> Void) {
        self.store = store
        self.workspace = workspace
        self.budget = budget
        self.progress = progress
    }

    /// Makes sure that every layer of an image is unpacked and its blob kept, here or in the store already.
    ///
    /// - Returns: the blobs' descriptors, base layer first.
    mutating func take(_ planned: [PlannedLayer]) throws(ApusError) -> [Descriptor] {
        let chain = chainIDs(planned.map(\.diffID))
        var descriptors = [Descriptor]()
        for (index, layer) in planned.enumerated() {
            do throws(ApusError) {
                descriptors.append(try take(layer, chain[...index]))
            } catch {
                throw error.within("layer \(index + 1) of \(planned.count)")
            }
        }
        return descriptors
    }

    private mutating func take(_ layer: PlannedLayer, _ chain: ArraySlice<Digest>) throws(ApusError) -> Descriptor {
        guard let chainID = chain.last else { throw ApusError(.malformed, "the image has no layers") }
        let compression = try sniff(layer.file)
        // A plain tar's own digest is its diff ID, so it is known without reading.
        let known = layer.descriptor ?? (compression == .none ? Descriptor(mediaType: .layer, digest: layer.diffID, size: layer.file.size) : nil)
        var isUnpacked = layers[chainID] != nil
        if !isUnpacked { isUnpacked = try store.layerRecord(chainID) != nil }
        if let known {
            guard known.size == layer.file.size else {
                throw ApusError(.malformed, "it has \(layer.file.size) bytes where its descriptor says \(known.size)")
            }
            if isUnpacked && hasBlob(known.digest) { return known }
        }
        let lower = isUnpacked ? nil : try store.lowerLayers(chain.dropLast(), unpacked: layers)
        let result = try read(layer.file.open(), compression, size: layer.file.size, adopting: layer.file.adoptablePath, keeping: known?.digest, over: lower)
        if let known, known.digest != result.blob.digest {
            throw ApusError(.malformed, "its digest is \(result.blob.digest) where the manifest says \(known.digest)")
        }
        guard result.diffID == layer.diffID else {
            throw ApusError(.malformed, "its uncompressed digest is \(result.diffID) where the image configuration says \(layer.diffID)")
        }
        if let unpacked = result.layer { layers[chainID] = unpacked }
        return layer.descriptor ?? result.blob
    }

    /// Takes the tar of a root filesystem, whose digests are known only in the end.
    mutating func takeRootfs(_ source: any ByteSource, _ compression: Compression) throws(ApusError) -> (blob: Descriptor, diffID: Digest, newest: Timestamp?) {
        let result = try read(source, compression, size: nil, adopting: nil, keeping: nil, over: LowerLayers(directories: []), needsEndMarker: true)
        layers[result.diffID] = result.layer
        return (result.blob, result.diffID, result.newest)
    }

    private struct Reading {
        var blob: Descriptor
        var diffID: Digest
        var layer: UnpackedLayer?
        var newest: Timestamp?
    }

    /// Reads a layer to its end.
    ///
    /// - Parameters:
    ///   - adopting: where its bytes lie as a file that becomes the blob.
    ///   - keeping: the blob's digest if known: what the store has already is not copied.
    ///   - over: the layers below; nil to check the digests only.
    private mutating func read(
        _ source: any ByteSource, _ compression: Compression, size: Int?, adopting: String?, keeping: Digest?, over lower: LowerLayers?,
        needsEndMarker: Bool = false
    ) throws(ApusError) -> Reading {
        let needsCopy = keeping.map { !hasBlob($0) } ?? true
        let writer = try needsCopy && (adopting == nil || !compression.isLayerForm) ? BlobWriter(path: workspace.newPath("blob")) : nil
        // Image tools know layers as tar, gzip and zstd; any other form is kept as plain tar.
        let raw = HashingSource(source, copy: compression.isLayerForm ? writer : nil)
        let counted = ProgressSource(raw, keeping, size, progress)
        let plain = HashingSource(try compression.plain(counted), copy: compression.isLayerForm ? nil : writer, budget: budget)
        var reading = Reading(blob: Descriptor(mediaType: compression.layerType, digest: raw.digest, size: 0), diffID: raw.digest)
        let layerDirectory = lower == nil ? nil : workspace.newPath("layer")
        let written = try unpack(plain, to: layerDirectory, over: lower, needsEndMarker)
        try counted.drain()
        reading.diffID = plain.digest
        let blob = compression.isLayerForm ? raw : plain
        reading.blob.digest = blob.digest
        reading.blob.size = blob.count
        if let path = writer?.path ?? (needsCopy ? adopting : nil) { blobs[blob.digest] = path }
        if let layerDirectory, let written {
            let record = LayerRecord(diffID: plain.digest, size: written.fileBytes, hidesLower: written.hidesLower)
            try replaceFile("\(layerDirectory)/layer.json", with: try encodeJSON(record))
            reading.layer = UnpackedLayer(path: layerDirectory, record: record)
            reading.newest = written.newest
        }
        return reading
    }

    private func unpack(_ plain: any ByteSource, to directory: String?, over lower: LowerLayers?, _ needsEndMarker: Bool) throws(ApusError) -> LayerWriter? {
        guard let directory, let lower else {
            try plain.drain()
            return nil
        }
        try makeDirectories("\(directory)/fs")
        let writer = try LayerWriter(directory: "\(directory)/fs", lower: lower)
        let tar = TarReader(plain, needsEndMarker: needsEndMarker)
        while let entry = try tar.next() {
            do throws(ApusError) {
                try writer.apply(entry, body: tar)
            } catch {
                throw error.within("entry \(shown(entry.path))")
            }
        }
        try writer.finish()
        try tar.reader.drain()
        return writer
    }

    private func sniff(_ file: ArchiveFile) throws(ApusError) -> Compression {
        let buffer = ByteBuffer(capacity: 16)
        if file.size == 0 { return .none }
        let count = try unsafe file.open().read(into: buffer.bytes)
        return unsafe Compression(sniffing: buffer.bytes[..<count])
    }

    private func hasBlob(_ digest: Digest) -> Bool { blobs[digest] != nil || fileExists(store.blobPath(digest)) }
}

extension Compression {
    /// Whether image tools take a layer that is packed so.
    fileprivate var isLayerForm: Bool { self == .none || self == .gzip || self == .zstd }

    /// The media type of the blob that is kept.
    fileprivate var layerType: MediaType {
        switch self {
        case .gzip: .layerGzip
        case .zstd: .layerZstd
        case .none, .xz, .bzip2: .layer
        }
    }
}

/// How far the reading of a layer is.
public struct LoadProgress: Sendable, Equatable {
    /// The layer's blob, where its name is known beforehand.
    public let layer: String?
    /// Bytes of the archive that were read of it.
    public let done: Int
    /// How many there are; nil for a stream.
    public let total: Int?
}

/// Tells how far it is, about every 4 MiB and at the end.
private final class ProgressSource: ByteSource {
    private let source: any ByteSource
    private let layer: Digest?
    private let total: Int?
    private let report: (LoadProgress) -> Void
    private var done = 0
    private var reported = 0

    init(_ source: any ByteSource, _ layer: Digest?, _ total: Int?, _ report: @escaping (LoadProgress) -> Void) {
        self.source = source
        self.layer = layer
        self.total = total
        self.report = report
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        let count = try unsafe source.read(into: buffer)
        done += count
        if done - reported >= 4 << 20 || count == 0 && done > reported {
            reported = done
            report(LoadProgress(layer: layer?.description, done: done, total: total))
        }
        return count
    }
}
