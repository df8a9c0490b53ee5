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

/// The images of an archive: by its OCI index where it has one, else by Docker's list.
func planImages(_ files: any ArchiveFiles, ownName: String?) throws(ApusError) -> [PlannedImage] {
    if try files.find("index.json") != nil { return try OCILayout(files: files, ownName: ownName).plan() }
    if try files.find("manifest.json") != nil { return try planDockerArchive(files) }
    if try files.find("repositories") != nil {
        throw ApusError(
            .notSupported, "the archive is in the format of Docker before 1.10, without manifest.json", hint: "save the image again with a newer docker")
    }
    throw ApusError(.malformed, "the archive has neither index.json nor manifest.json")
}
