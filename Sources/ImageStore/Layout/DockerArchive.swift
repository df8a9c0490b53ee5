import LinuxSystem
import OCISpec

/// One image in the `manifest.json` of a `docker save` archive (moby, image/spec, "Combined Image JSON + Filesystem Changeset Format").
private struct DockerArchiveItem: Decodable {
    let config: String
    let repoTags: [String]?
    let layers: [String]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repoTags = "RepoTags"
        case layers = "Layers"
    }
}

/// Plans the images of a `docker save` archive: `manifest.json` names each image's configuration and layer tars, base layer first.
func planDockerArchive(_ files: any ArchiveFiles) throws(ApusError) -> [PlannedImage] {
    let items = try decodeJSON([DockerArchiveItem].self, try files.document("manifest.json", "the list of images"), "manifest.json")
    if items.isEmpty { throw ApusError(.malformed, "manifest.json lists no image") }
    var images = [PlannedImage]()
    for item in items {
        let configBytes = try files.document(item.config, "the image configuration")
        let config = try decodeJSON(ImageConfig.self, configBytes, item.config)
        let diffIDs = config.rootfs.diffIDs
        guard diffIDs.count == item.layers.count else {
            throw ApusError(.malformed, "manifest.json lists \(item.layers.count) layers and \(item.config) \(diffIDs.count)")
        }
        var layers = [PlannedLayer]()
        for (path, diffID) in zip(item.layers, diffIDs) {
            guard let file = try files.find(path) else { throw ApusError(.malformed, "the layer \(path) is missing") }
            layers.append(PlannedLayer(file: file, descriptor: nil, diffID: diffID))
        }
        var references = [ImageReference]()
        for name in item.repoTags ?? [] { references.append(try ImageReference(name)) }
        images.append(
            PlannedImage(
                references: references, config: config, configBytes: configBytes, manifestBytes: nil, manifestType: .manifest, layers: layers))
    }
    return images
}
