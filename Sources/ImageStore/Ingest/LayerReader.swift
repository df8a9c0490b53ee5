import LinuxSystem
import OCISpec

/// Reads layers of an archive: each once, with both digests, the copy for the store and the unpacking on the way.
///
///     a thread:  file -> [digest of the blob, copy] -> decompression -> [digest of the tar, limit, copy] -+
///     another:   layer directory <- tar <------------------------------------------------------- buffers -+
struct LayerReader {
    let store: ImageStore
    let workspace: Workspace
    let budget: UnpackBudget
    let meter: ProgressMeter
    let pins = StorePins()

    /// What the reading of a layer came to.
    struct Reading: Sendable {
        var blob: Descriptor
        var diffID: Digest
        /// The blob as a new file in the workspace; nil where the store has it.
        var blobPath: String?
        /// Nil where only the digests were asked for.
        var layer: UnpackedLayer?
        var newest: Timestamp?
    }

    /// Makes sure that a layer is unpacked and its blob kept, here or in the store already.
    ///
    /// - Parameters:
    ///   - isUnpacked: whether it is so already: then the bytes are read only where the blob is missing.
    ///   - lower: the layers below.
    /// - Returns: what was read; nil where there was nothing to do.
    /// - Throws: `.malformed` where a digest is not what manifest or configuration say.
    func read(_ layer: PlannedLayer, isUnpacked: Bool, over lower: LowerLayers) throws(ApusError) -> Reading? {
        let compression = try sniff(layer.file)
        // A plain tar's own digest is its diff ID, so it is known without reading.
        let known = layer.descriptor ?? (compression == .none ? Descriptor(mediaType: .layer, digest: layer.diffID, size: layer.file.size) : nil)
        if let known {
            guard known.size == layer.file.size else {
                throw ApusError(.malformed, "it has \(layer.file.size) bytes where its descriptor says \(known.size)")
            }
            if isUnpacked && pins.hold(store.blobPath(known.digest)) {
                meter.advance(layer.file.size)
                return nil
            }
        }
        let reading = try read(
            layer.file.open(), compression, size: layer.file.size, adopting: layer.file.adoptablePath, keeping: known?.digest, over: isUnpacked ? nil : lower)
        if let known, known.digest != reading.blob.digest {
            throw ApusError(.malformed, "its digest is \(reading.blob.digest) where the manifest says \(known.digest)")
        }
        guard reading.diffID == layer.diffID else {
            throw ApusError(.malformed, "its uncompressed digest is \(reading.diffID) where the image configuration says \(layer.diffID)")
        }
        return reading
    }

    /// Reads a layer to its end.
    ///
    /// - Parameters:
    ///   - size: how many bytes it has; nil for a stream.
    ///   - adopting: where its bytes lie as a file that becomes the blob.
    ///   - keeping: the blob's digest if known: what the store has already is not copied.
    ///   - over: the layers below; nil to check the digests only.
    func read(
        _ source: any ByteSource, _ compression: Compression, size: Int?, adopting: String?, keeping: Digest?, over lower: LowerLayers?,
        needsEndMarker: Bool = false
    ) throws(ApusError) -> Reading {
        let needsCopy = keeping.map { !pins.hold(store.blobPath($0)) } ?? true
        let writer = try needsCopy && (adopting == nil || !compression.isLayerForm) ? BlobWriter(path: workspace.newPath("blob")) : nil
        // Image tools know layers as tar, gzip and zstd; any other form is kept as plain tar.
        let raw = HashingSource(source, copy: compression.isLayerForm ? writer : nil)
        let counted = MeteredSource(raw, meter)
        let plain = HashingSource(
            try compression.plain(counted, size: size), copy: compression.isLayerForm ? nil : writer, budget: budget,
            packed: { size ?? counted.count })
        let unpacked = try unpack(plain, over: lower, needsEndMarker)
        try counted.drain()
        let blob = compression.isLayerForm ? raw : plain
        return Reading(
            blob: Descriptor(mediaType: compression.layerType, digest: blob.digest, size: blob.count), diffID: plain.digest,
            blobPath: writer?.path ?? (needsCopy ? adopting : nil),
            layer: try unpacked.map { (path, written) throws(ApusError) in
                let record = LayerRecord(diffID: plain.digest, size: written.fileBytes, hidesLower: written.hidesLower)
                try replaceFile("\(path)/layer.json", with: try encodeJSON(record))
                return UnpackedLayer(path: path, record: record)
            }, newest: unpacked?.written.newest)
    }

    /// Reads the tar to its end, into a new layer directory where there is to be one.
    private func unpack(_ plain: any ByteSource, over lower: LowerLayers?, _ needsEndMarker: Bool) throws(ApusError) -> (path: String, written: LayerWriter)? {
        guard let lower else {
            try plain.drain()
            return nil
        }
        let path = workspace.newPath("layer")
        try makeDirectories("\(path)/fs")
        let writer = try LayerWriter(directory: "\(path)/fs", lower: lower)
        let tar = TarReader(try ReadAheadSource(plain), needsEndMarker: needsEndMarker)
        while let entry = try tar.next() {
            do throws(ApusError) {
                try writer.apply(entry, body: tar)
            } catch {
                throw error.within("entry \(shown(entry.path))")
            }
        }
        try writer.finish()
        try tar.reader.drain()
        return (path, writer)
    }

    private func sniff(_ file: ArchiveFile) throws(ApusError) -> Compression {
        let buffer = ByteBuffer(capacity: 16)
        if file.size == 0 { return .none }
        let count = try unsafe file.open().read(into: buffer.bytes)
        return unsafe Compression(sniffing: buffer.bytes[..<count])
    }
}

/// A layer that was unpacked in the workspace.
struct UnpackedLayer: Sendable {
    /// The directory that will be renamed to `layers/CHAIN`.
    let path: String
    let record: LayerRecord
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
