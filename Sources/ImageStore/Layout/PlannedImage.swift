import LinuxSystem
import OCISpec

/// An image that an archive holds, before its layers are read.
struct PlannedImage {
    /// Its names, which may be none.
    var references: [ImageReference]
    var config: ImageConfig
    var configBytes: [UInt8]
    /// The archive's own manifest; nil where the archive has none of OCI's form and one is made.
    var manifestBytes: [UInt8]?
    var manifestType: MediaType
    /// The layers, base layer first.
    var layers: [PlannedLayer]
}

/// One layer of a planned image.
struct PlannedLayer: Sendable {
    let file: ArchiveFile
    /// What the manifest says of its blob; nil where the archive has no such manifest.
    let descriptor: Descriptor?
    /// The digest of its uncompressed tar, by the image's configuration.
    let diffID: Digest
}

extension ArchiveFiles {
    /// A whole document, checked against what points to it.
    ///
    /// - Throws: `.malformed` where it is missing, too long, or not what its digest says.
    func document(_ path: String, _ object: String, expected: Descriptor? = nil) throws(ApusError) -> [UInt8] {
        guard let file = try find(path) else { throw ApusError(.malformed, "\(object) is missing: there is no \(path)") }
        guard file.size <= documentLimit else {
            throw ApusError(.malformed, "\(object) is too long: \(path) has \(file.size) bytes, the limit is \(documentLimit)")
        }
        let bytes = try file.open().readAll(limit: documentLimit, path)
        if let expected {
            guard bytes.count == expected.size else {
                throw ApusError(.malformed, "\(object) has \(bytes.count) bytes where its descriptor says \(expected.size)")
            }
            let digest = Sha256.digest(of: bytes)
            guard digest == expected.digest else {
                throw ApusError(.malformed, "\(object) has the digest \(digest) where its descriptor says \(expected.digest)")
            }
        }
        return bytes
    }

    /// The blob that a descriptor points to.
    func blob(_ descriptor: Descriptor, _ object: String) throws(ApusError) -> [UInt8] {
        try document(blobName(descriptor.digest), "\(object) \(descriptor.digest)", expected: descriptor)
    }
}

func blobName(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }

/// The images of an archive: by its OCI index where it has one, else by Docker's list, by the one manifest of a directory, or in Docker's first form.
///
/// - Parameters:
///   - wanted: the platform that was asked for; nil for the host's where there is a choice.
///   - budget: what may be unpacked to plan.
func planImages(_ files: any ArchiveFiles, ownName: String?, platform wanted: Platform?, _ budget: UnpackBudget) throws(ApusError) -> [PlannedImage] {
    let images: [PlannedImage]
    if try files.find("index.json") != nil {
        return try OCILayout(files: files, ownName: ownName, platform: wanted ?? .host, isStrict: wanted != nil).plan()
    } else if let list = try files.find("manifest.json") {
        images = try isOneManifest(list) ? planTransportDirectory(files) : planDockerArchive(files)
    } else {
        images = try LegacyDockerArchive(files: files, budget: budget).plan()
    }
    guard let wanted else { return images }
    let found = images.filter { $0.config.platform.distance(to: wanted) != nil }
    if found.isEmpty { throw noImage(for: wanted, among: Set(images.map(\.config.platform))) }
    return found
}

/// The sentence for a platform that an archive does not have.
func noImage(for platform: Platform, among found: Set<Platform>) -> ApusError {
    let names = found.map(\.description).sorted().joined(separator: ", ")
    return ApusError(.notFound, "the archive has no image for \(platform)" + (names.isEmpty ? "" : "; it has \(names)"))
}

/// Docker's list of images is an array, a manifest is an object.
private func isOneManifest(_ file: ArchiveFile) throws(ApusError) -> Bool {
    let first = try file.open().prefix(64).first { ![9, 10, 13, 32].contains($0) }
    return first == UInt8(ascii: "{")
}
