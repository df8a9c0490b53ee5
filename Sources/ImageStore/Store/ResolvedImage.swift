public import LinuxSystem
public import OCISpec

/// An image, ready to be run: what the engine needs of it and where its layers lie.
public struct ResolvedImage: Sendable, Equatable {
    /// The digest of its configuration.
    public let id: Digest
    /// The digest of its manifest.
    public let manifestDigest: Digest
    /// Its whole names, in order; none for a dangling image.
    public let references: [String]
    /// What it was built for.
    public let platform: Platform
    /// How to run it.
    public let config: ExecutionParameters
    /// The directory that `layers` start from.
    public let layerBase: String
    /// Its layers from the top down, as short names below `layerBase`; the last is the skeleton of mountpoints.
    ///
    /// A container's upper directory shows as the root directory itself, so it must have the owner and mode of the top layer's.
    public let layers: [String]
}

extension Platform {
    /// Refuses an image of this platform where another one was asked for.
    ///
    /// - Throws: `.conflict` in Docker's words: not `.notFound`, which would mean that another place is looked in.
    public func require(_ wanted: Platform, of image: String) throws(ApusError) {
        if distance(to: wanted) != nil { return }
        throw ApusError(
            .conflict, "image with reference \(image) was found but does not match the specified platform: wanted \(wanted), actual: \(self)",
            hint: "apus load --platform \(wanted) of an archive that has it")
    }
}
