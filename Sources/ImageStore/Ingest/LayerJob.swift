import LinuxSystem
import OCISpec

/// One layer that a load reads, on whatever thread; the jobs of the layers above may wait for it.
final class LayerJob: Sendable {
    let layer: PlannedLayer
    /// The chain IDs from the base layer to this one.
    let chain: [Digest]
    /// Where it stands in its image, for errors.
    let place: String
    /// The jobs of the layers below that this load reads too, by chain ID.
    private let below: [Digest: LayerJob]
    /// An earlier job with the same chain ID, which unpacks it; another form of the same layer only needs its blob.
    private let twin: LayerJob?
    /// Whether it is unpacked though the store has it.
    private let again: Bool
    private let outcome = Promise<Result<LayerReader.Reading?, ApusError>>()

    init(_ layer: PlannedLayer, chain: [Digest], place: String, below: [Digest: LayerJob], twin: LayerJob?, again: Bool) {
        self.layer = layer
        self.chain = chain
        self.place = place
        self.below = below
        self.twin = twin
        self.again = again
    }

    var chainID: Digest { chain[chain.count - 1] }

    /// Reads the layer and lets the others know.
    func run(_ reader: LayerReader) {
        do throws(ApusError) {
            try reader.budget.cancellation.check()
            var isUnpacked = twin != nil
            if !isUnpacked, !again, reader.pins.hold(reader.store.layerPath(chainID)) { isUnpacked = try reader.store.layerRecord(chainID) != nil }
            outcome.keep(.success(try reader.read(layer, isUnpacked: isUnpacked, over: lower(reader.store))))
        } catch {
            let failure = error.within(place)
            reader.budget.cancellation.cancel(because: failure)
            outcome.keep(.failure(failure))
        }
    }

    /// What the reading came to; nil where the store had everything.
    ///
    /// Waits for it.
    func reading() throws(ApusError) -> LayerReader.Reading? { try outcome.wait().get() }

    /// The layers below, which other threads may still be unpacking.
    private func lower(_ store: ImageStore) -> LowerLayers {
        if chain.count == 1 { return LowerLayers(directories: []) }
        return LowerLayers(waiting: { [chain, below] () throws(ApusError) in
            try store.lowerDirectories(chain.dropLast()) { chainID throws(ApusError) -> UnpackedLayer? in
                guard let job = below[chainID] else { return nil }
                return try job.reading()?.layer
            }
        })
    }
}
