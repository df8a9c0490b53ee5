/// What a container of an image runs by default: the object `config` of an image configuration (image-spec, config.md),
/// with the members that only Docker writes.
public struct ExecutionParameters: Sendable, Equatable, Codable {
    /// User and group, by name or number: `user`, `uid`, `user:group`, `uid:gid`.
    public var user: String?
    /// Ports as `80/tcp`.
    public var exposedPorts: NameSet?
    /// `NAME=value`.
    public var env: [String]?
    /// The first words of the command.
    public var entrypoint: [String]?
    /// The words after the entrypoint.
    public var cmd: [String]?
    /// Directories that get a volume each.
    public var volumes: NameSet?
    /// Where the process starts.
    public var workingDir: String?
    /// Free text by key.
    public var labels: [String: String]?
    /// The signal that asks the process to end, for example `SIGTERM` or `15`.
    public var stopSignal: String?
    /// Docker: seconds between that signal and SIGKILL.
    public var stopTimeout: Int?
    /// Docker: how to find out whether the container works.
    public var healthcheck: Healthcheck?
    /// Docker: the shell of the shell form of commands.
    public var shell: [String]?
    /// Docker: build steps for images made from this one.
    public var onBuild: [String]?
    /// Docker on Windows: the command is one escaped line.
    public var argsEscaped: Bool?

    enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case healthcheck = "Healthcheck"
        case shell = "Shell"
        case onBuild = "OnBuild"
        case argsEscaped = "ArgsEscaped"
    }

    /// Makes parameters that say nothing.
    public init() {}

    /// Docker's test of a container's health; durations are nanoseconds, 0 or absent means the default.
    public struct Healthcheck: Sendable, Equatable, Codable {
        /// `NONE`, or `CMD` and words, or `CMD-SHELL` and one line.
        public var test: [String]?
        /// Nanoseconds between two tests.
        public var interval: Int?
        /// Nanoseconds that a test may take.
        public var timeout: Int?
        /// Nanoseconds after the start in which failures do not count.
        public var startPeriod: Int?
        /// Nanoseconds between two tests in the start period.
        public var startInterval: Int?
        /// Failures in a row that make the container unhealthy.
        public var retries: Int?

        enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }

        /// Makes a test.
        public init(test: [String]? = nil) { self.test = test }
    }
}

/// A set of names in order, which JSON writes the way of Go's `map[string]struct{}`: `{"80/tcp": {}}`.
public struct NameSet: Sendable, Equatable, ExpressibleByArrayLiteral {
    /// The names in the order of their bytes.
    public let names: [String]

    /// Takes names in any order.
    public init(_ names: some Sequence<String>) { self.names = Set(names).sorted() }
    /// Takes names in any order.
    public init(arrayLiteral names: String...) { self.init(names) }
}

extension NameSet: Codable {
    private struct Empty: Codable {}

    /// Reads an object; what its members hold does not matter.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.container(keyedBy: NameKey.self).allKeys.map(\.stringValue))
    }

    /// Writes an object of empty objects.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        for name in names { try container.encode(Empty(), forKey: NameKey(stringValue: name)) }
    }

    private struct NameKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
