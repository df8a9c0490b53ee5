import LinuxSystem
import OCISpec

/// Plans the image of a directory as `podman save --format docker-dir` and skopeo's `dir:` write it (containers/image, directory transport):
/// `manifest.json` is the image's own manifest, and each blob is a file called by the digits of its digest.
///
/// It has no names.
func planTransportDirectory(_ files: any ArchiveFiles) throws(ApusError) -> [PlannedImage] {
    let bytes = try files.document("manifest.json", "the manifest")
    let manifest = try decodeJSON(ImageManifest.self, bytes, "manifest.json")
    guard manifest.config.mediaType.isImageConfig else {
        throw ApusError(.notSupported, "manifest.json is no image but \(manifest.artifactType ?? manifest.config.mediaType.rawValue)")
    }
    let configBytes = try files.document(manifest.config.digest.hex, "the image configuration", expected: manifest.config)
    let config = try decodeJSON(ImageConfig.self, configBytes, "the image configuration \(manifest.config.digest)")
    guard manifest.layers.count == config.rootfs.diffIDs.count else {
        throw ApusError(.malformed, "manifest.json lists \(manifest.layers.count) layers and its configuration \(config.rootfs.diffIDs.count)")
    }
    var layers = [PlannedLayer]()
    for (layer, diffID) in zip(manifest.layers, config.rootfs.diffIDs) {
        guard let file = try files.find(layer.digest.hex) else { throw ApusError(.malformed, "the layer \(layer.digest) is missing") }
        layers.append(PlannedLayer(file: file, descriptor: layer, diffID: diffID))
    }
    return [
        PlannedImage(
            references: [], config: config, configBytes: configBytes, manifestBytes: bytes, manifestType: manifest.mediaType ?? .manifest, layers: layers)
    ]
}
