/// What a runtime answers to `state` and tells a hook (runtime.md, "State").
public struct State: Codable, Sendable, Equatable {
    /// The version of the specification.
    public var ociVersion: String
    /// The container's ID.
    public var id: String
    /// `creating`, `created`, `running`, `stopped`, or `paused` (an addition of every runtime).
    public var status: String
    /// The process on the host; nil where it is stopped.
    public var pid: Int?
    /// The absolute path of the bundle.
    public var bundle: String
    /// Annotations of the spec.
    public var annotations: [String: String]?

    /// Makes a value from its fields; what is optional may be left out.
    public init(ociVersion: String, id: String, status: String, pid: Int? = nil, bundle: String, annotations: [String: String]? = nil) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }
}
