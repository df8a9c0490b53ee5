public import LinuxSystem
public import OCISpec

/// One step that made an image, as `history` shows it.
public struct HistoryStep: Sendable, Equatable {
    /// The image's ID at its last step; nil at others, which are no images here.
    public let id: Digest?
    /// When; nil where it does not say.
    public let created: Timestamp?
    /// The command.
    public let createdBy: String
    /// A remark.
    public let comment: String
    /// The bytes of the files of its layer; 0 where it made none.
    public let size: Int
}

extension ImageStore {
    /// The steps that made an image, the last one first.
    ///
    /// Layers that the image's history does not speak of are steps without a word.
    public func history(of reference: String) throws(ApusError) -> [HistoryStep] {
        let image = try find(reference, in: readIndex())
        var sizes = [Int]()
        for (chainID, descriptor) in zip(image.chain, image.manifest.layers) { sizes.append(try layerRecord(chainID)?.size ?? max(0, descriptor.size)) }
        var entries = image.config.history ?? []
        let silent = sizes.count - entries.count { $0.emptyLayer != true }
        if silent > 0 { entries.insert(contentsOf: repeatElement(ImageConfig.HistoryEntry(), count: silent), at: 0) }
        var layer = 0
        var steps = [HistoryStep]()
        for (index, entry) in entries.enumerated() {
            var size = 0
            if entry.emptyLayer != true, layer < sizes.count {
                size = sizes[layer]
                layer += 1
            }
            steps.append(
                HistoryStep(
                    id: index == entries.count - 1 ? image.id : nil, created: entry.created.flatMap { Timestamp(rfc3339: $0) },
                    createdBy: entry.createdBy ?? "", comment: entry.comment ?? "", size: size))
        }
        return steps.reversed()
    }
}
