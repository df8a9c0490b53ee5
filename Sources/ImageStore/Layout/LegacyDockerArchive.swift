import LinuxSystem
import OCISpec

/// The archives of `docker save` before Docker 1.10 (moby, image/spec/v1): a directory for each layer with `VERSION`, `json` and `layer.tar`,
/// and `repositories` with the names.
///
/// Such a layer is an image of its own, with the one below it as its parent. A configuration as of today is made of their documents, so the
/// same archive is the same image each time.
struct LegacyDockerArchive {
    let files: any ArchiveFiles
    /// What the layers may unpack to, which are read for their digests.
    let budget: UnpackBudget

    /// More layers than the kernel could stack.
    private static let depthLimit = 500

    /// One layer's `json`.
    private struct Layer: Decodable {
        let parent: String?
        let created: String?
        let author: String?
        let comment: String?
        let architecture: String?
        let os: String?
        let variant: String?
        let dockerVersion: String?
        let config: ExecutionParameters?
        let containerConfig: ExecutionParameters?
        let throwaway: Bool?

        enum CodingKeys: String, CodingKey {
            case parent, created, author, comment, architecture, os, variant, config
            case dockerVersion = "docker_version"
            case containerConfig = "container_config"
            case throwaway = "Throwaway"
        }
    }

    func plan() throws(ApusError) -> [PlannedImage] {
        var names: [String: [ImageReference]] = [:]
        if try files.find("repositories") != nil {
            let repositories = try decodeJSON(
                [String: [String: String]].self, try files.document("repositories", "the list of names"), "repositories")
            for (repository, tags) in repositories { for (tag, id) in tags { names[id, default: []].append(try ImageReference("\(repository):\(tag)")) } }
        }
        var tops = names.keys.sorted()
        if tops.isEmpty { tops = try unnamed() }
        if tops.isEmpty { throw ApusError(.malformed, "the archive has neither index.json nor manifest.json, and no image of the old form") }
        var images = [PlannedImage]()
        var digests: [String: Digest] = [:]
        for top in tops { images.append(try image(top, names[top, default: []].sorted { $0.description < $1.description }, &digests)) }
        return images
    }

    /// The layers that no other one stands on.
    private func unnamed() throws(ApusError) -> [String] {
        let ids = try files.directories().filter { Digest(hex: $0) != nil }
        var below = Set<String>()
        for id in ids { if let parent = try layer(id).parent { below.insert(parent) } }
        return ids.filter { !below.contains($0) }.sorted()
    }

    private func layer(_ id: String) throws(ApusError) -> Layer {
        guard Digest(hex: id) != nil else { throw ApusError(.malformed, "\"\(id)\" is no layer's ID") }
        return try decodeJSON(Layer.self, try files.document("\(id)/json", "the description of the layer \(id)"), "\(id)/json")
    }

    private func image(_ top: String, _ references: [ImageReference], _ digests: inout [String: Digest]) throws(ApusError) -> PlannedImage {
        var stack = [(id: String, layer: Layer)]()
        var next: String? = top
        while let id = next {
            guard stack.count < Self.depthLimit else { throw ApusError(.malformed, "the layers below \(top) are too many or lead back to themselves") }
            let layer = try layer(id)
            stack.append((id, layer))
            next = layer.parent.flatMap { $0.isEmpty ? nil : $0 }
        }
        stack.reverse()
        var layers = [PlannedLayer]()
        for (id, _) in stack {
            guard let file = try files.find("\(id)/layer.tar") else { throw ApusError(.malformed, "the layer \(id)/layer.tar is missing") }
            if digests[id] == nil { digests[id] = try plainDigest(file) }
            if let diffID = digests[id] { layers.append(PlannedLayer(file: file, descriptor: nil, diffID: diffID)) }
        }
        guard let last = stack.last?.layer else { throw ApusError(.malformed, "the image \(top) has no layer") }
        let platform = Platform(os: last.os ?? "linux", architecture: last.architecture ?? Platform.host.architecture, variant: last.variant)
        let history = stack.map { _, layer in
            var entry = ImageConfig.HistoryEntry(
                created: layer.created, createdBy: layer.containerConfig?.cmd?.joined(separator: " "), comment: layer.comment)
            entry.author = layer.author
            return entry
        }
        var config = ImageConfig(
            platform: platform, diffIDs: layers.map(\.diffID), config: last.config ?? ExecutionParameters(), created: last.created, history: history)
        config.author = last.author
        config.comment = last.comment
        config.dockerVersion = last.dockerVersion
        return PlannedImage(
            references: references, config: config, configBytes: try encodeJSON(config), manifestBytes: nil, manifestType: .manifest, layers: layers)
    }

    /// The digest that nothing in the archive names.
    private func plainDigest(_ file: ArchiveFile) throws(ApusError) -> Digest {
        let source = file.open()
        let prefix = try source.prefix(16)
        let plain = HashingSource(
            try Compression(sniffing: prefix).plain(PrefixedSource(prefix, then: source), size: file.size), budget: budget)
        try plain.drain()
        return plain.digest
    }
}
