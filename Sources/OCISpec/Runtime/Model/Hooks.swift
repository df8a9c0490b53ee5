/// Programs that run at points of the lifecycle (config.md, "POSIX-platform Hooks").
public struct Hooks: Codable, Sendable, Equatable {
    /// Deprecated: after the namespaces are made, in the runtime's namespaces.
    public var prestart: [Hook]?
    /// After the namespaces are made and before pivot_root, in the runtime's namespaces.
    public var createRuntime: [Hook]?
    /// As `createRuntime`, and after it, in the container's namespaces.
    public var createContainer: [Hook]?
    /// By `start`, before the process is executed, in the container's namespaces.
    public var startContainer: [Hook]?
    /// After the process is started, in the runtime's namespaces.
    public var poststart: [Hook]?
    /// After the container is deleted, in the runtime's namespaces.
    public var poststop: [Hook]?

    /// The names of the points in the order of their moments.
    public static let points = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]

    /// Makes a value from its fields; what is optional may be left out.
    public init(
        prestart: [Hook]? = nil, createRuntime: [Hook]? = nil, createContainer: [Hook]? = nil, startContainer: [Hook]? = nil, poststart: [Hook]? = nil,
        poststop: [Hook]? = nil
    ) {
        self.prestart = prestart
        self.createRuntime = createRuntime
        self.createContainer = createContainer
        self.startContainer = startContainer
        self.poststart = poststart
        self.poststop = poststop
    }
}

/// One program of a hook point.
public struct Hook: Codable, Sendable, Equatable {
    /// The absolute path of the program.
    public var path: String
    /// Its arguments with the name first, as in execv(3).
    public var args: [String]?
    /// Its environment as `NAME=VALUE`.
    public var env: [String]?
    /// Seconds before it is aborted; above zero.
    public var timeout: Int?

    /// Makes a value from its fields; what is optional may be left out.
    public init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
        self.path = path
        self.args = args
        self.env = env
        self.timeout = timeout
    }
}
