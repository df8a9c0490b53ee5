/// What a runtime can do, whatever the host can (features.md): what `features` prints.
///
/// A field that is nil says nothing; an empty one says that there is none.
public struct Features: Codable, Sendable, Equatable {
    /// The least `ociVersion` of a config.json that is accepted.
    public var ociVersionMin: String
    /// The greatest one.
    public var ociVersionMax: String
    /// The hooks.
    public var hooks: [String]?
    /// The mount options, without those that file systems take.
    public var mountOptions: [String]?
    /// What is particular to Linux.
    public var linux: LinuxFeatures?
    /// Metadata of the runtime.
    public var annotations: [String: String]?
    /// Annotations of config.json that change what the runtime does; one with a final dot stands for all that begin with it.
    public var potentiallyUnsafeConfigAnnotations: [String]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        ociVersionMin: String, ociVersionMax: String, hooks: [String]? = nil, mountOptions: [String]? = nil, linux: LinuxFeatures? = nil,
        annotations: [String: String]? = nil, potentiallyUnsafeConfigAnnotations: [String]? = nil
    ) {
        self.ociVersionMin = ociVersionMin
        self.ociVersionMax = ociVersionMax
        self.hooks = hooks
        self.mountOptions = mountOptions
        self.linux = linux
        self.annotations = annotations
        self.potentiallyUnsafeConfigAnnotations = potentiallyUnsafeConfigAnnotations
    }
}
