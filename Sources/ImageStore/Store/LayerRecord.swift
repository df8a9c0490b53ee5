import Glibc
import LinuxSystem
import OCISpec

/// What the store knows about an unpacked layer: the file `layer.json` beside its content.
struct LayerRecord: Codable, Equatable, Sendable {
    /// The digest of the layer's uncompressed tar.
    var diffID: Digest
    /// The bytes of its files.
    var size: Int
    /// Whether nothing of the layers below shows.
    var hidesLower: Bool
}

extension ImageStore {
    /// The record of a layer; nil where it is not unpacked.
    func layerRecord(_ chainID: Digest) throws(ApusError) -> LayerRecord? {
        let path = layerPath(chainID) + "/layer.json"
        do {
            return try decodeJSON(LayerRecord.self, readFile(path), path)
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// The layers that overlayfs stacks, from the top down, as directories.
    ///
    /// - Parameter unpacked: a layer that has not been moved into the store yet; nil for one of the store.
    func lowerDirectories(
        _ chain: some BidirectionalCollection<Digest>, unpacked: (Digest) throws(ApusError) -> UnpackedLayer?
    ) throws(ApusError) -> [String] {
        var directories = [String]()
        for chainID in chain.reversed() {
            let layer = try unpacked(chainID)
            directories.append(layer.map { "\($0.path)/fs" } ?? layerContent(chainID))
            var record = layer?.record
            if record == nil { record = try layerRecord(chainID) }
            guard let record else { throw ApusError(.notFound, "the layer \(chainID) is not unpacked") }
            if record.hidesLower { break }
        }
        return directories
    }
}
