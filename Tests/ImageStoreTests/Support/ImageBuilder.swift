import LinuxSystem
import OCISpec

@testable import ImageStore

/// Makes image archives of all forms from layers that a test gives, right ones and wrong ones.
struct ImageBuilder {
    var layers: [[UInt8]] = []
    var config = ExecutionParameters()
    var platform = Platform.host
    /// Changes a document before it is used.
    var editConfig: (String) -> String = { $0 }
    var editManifest: (String) -> String = { $0 }

    init(_ layers: (inout TarBuilder) -> Void...) {
        for build in layers {
            var tar = TarBuilder()
            build(&tar)
            self.layers.append(tar.closed)
        }
    }

    /// One layer with a program-like file.
    static var simple: ImageBuilder {
        var image = ImageBuilder({ tar in
            tar.directory("bin")
            tar.file("bin/sh", "#!", mode: 0o755)
        })
        image.config.cmd = ["sh"]
        image.config.env = ["PATH=/bin"]
        return image
    }

    func configBytes() throws -> [UInt8] {
        let config = ImageConfig(platform: platform, diffIDs: layers.map { Sha256.digest(of: $0) }, config: config, created: "2024-01-02T03:04:05Z")
        return Array(editConfig(String(decoding: try encodeJSON(config), as: UTF8.self)).utf8)
    }

    func id() throws -> Digest { Sha256.digest(of: try configBytes()) }

    /// The blobs by digest, and the manifest's descriptor.
    func blobs() throws -> (blobs: [Digest: [UInt8]], manifest: Descriptor) {
        var blobs: [Digest: [UInt8]] = [:]
        func put(_ bytes: [UInt8], _ type: MediaType) -> Descriptor {
            let digest = Sha256.digest(of: bytes)
            blobs[digest] = bytes
            return Descriptor(mediaType: type, digest: digest, size: bytes.count)
        }
        let manifest = ImageManifest(config: put(try configBytes(), .config), layers: layers.map { put($0, .layer) })
        let bytes = Array(editManifest(String(decoding: try encodeJSON(manifest), as: UTF8.self)).utf8)
        var descriptor = put(bytes, .manifest)
        descriptor.platform = platform
        return (blobs, descriptor)
    }

    /// An OCI layout as tar.
    func ociArchive(_ name: String?) throws -> [UInt8] {
        var (blobs, manifest) = try blobs()
        manifest.annotations = name.map { [AnnotationKey.referenceName: $0] }
        return try Self.ociArchive(ImageIndex(manifests: [manifest]), blobs)
    }

    static func ociArchive(_ index: ImageIndex, _ blobs: [Digest: [UInt8]]) throws -> [UInt8] {
        var tar = TarBuilder()
        tar.directory("blobs")
        tar.directory("blobs/sha256")
        for (digest, bytes) in blobs.sorted(by: { $0.key < $1.key }) { tar.add(.init(name: Array(blobName(digest).utf8), body: bytes)) }
        tar.add(.init(name: Array("index.json".utf8), body: try encodeJSON(index)))
        tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
        return tar.closed
    }

    /// A `docker save` archive; with `links`, every second layer is a link as older versions wrote equal layers.
    func dockerArchive(_ tags: [String], links: Bool = false) throws -> [UInt8] {
        var tar = TarBuilder()
        var paths = [String]()
        for (index, layer) in layers.enumerated() {
            let directory = Sha256.digest(of: [UInt8(index)]).hex
            tar.directory(directory)
            tar.file("\(directory)/VERSION", "1.0")
            if links, let same = layers[..<index].firstIndex(of: layer) {
                tar.symbolicLink("\(directory)/layer.tar", "../\(Sha256.digest(of: [UInt8(same)]).hex)/layer.tar")
            } else {
                tar.add(.init(name: Array("\(directory)/layer.tar".utf8), body: layer))
            }
            paths.append("\(directory)/layer.tar")
        }
        let configName = "\(try id().hex).json"
        tar.add(.init(name: Array(configName.utf8), body: try configBytes()))
        let list = { (items: [String]) in "[" + items.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        tar.file("manifest.json", "[{\"Config\":\"\(configName)\",\"RepoTags\":\(tags.isEmpty ? "null" : list(tags)),\"Layers\":\(list(paths))}]")
        tar.file("repositories", "{}")
        return tar.closed
    }
}
