import Glibc
public import ImageStore
public import LinuxSystem
import OCISpec

/// What is asked of `commit`.
public struct CommitRequest: Sendable {
    /// The new image's name; without one it dangles.
    public var name: ImageReference?
    /// Who made it.
    public var author: String?
    /// A remark in its history.
    public var message: String?
    /// Instructions of a Dockerfile.
    public var changes: [String] = []
    /// Whether a running container is frozen meanwhile.
    public var pauses = true
    /// When.
    public var created = Timestamp.now()

    /// A request without a name.
    public init() {}
}

extension Engine {
    /// Makes an image from what a container changed, with its settings as the image's.
    ///
    /// - Throws: `.invalidArgument` for a change that is wrong, before anything is done.
    public func commit(_ record: ContainerRecord, _ request: CommitRequest) throws(ApusError) -> LoadedImage {
        let changes = try request.changes.map { text throws(ApusError) in try ImageChange(text) }
        // Held to the end, so that nobody starts it meanwhile; nil for one that runs.
        let claimed = try claim(record)
        let still = try claimed == nil && request.pauses ? StillContainer(record, self) : nil
        defer { still?.release() }
        // A snapshot may have been taken since the record was read.
        let current = try containers.current(record)
        let trees = ContainerTrees(record: current, engine: self)
        let image = try images.make(
            over: Self.imageID(of: current), mountpoints: trees.mountpoints, name: request.name, changes: trees.forEachChange,
            describe: { config, isEmpty throws(ApusError) in
                // What changed is packed: what is made of that needs nobody to stand still.
                still?.release()
                try Self.describe(&config, isEmpty, current, request, changes)
            })
        _ = consume claimed
        return image
    }

    static func imageID(of record: ContainerRecord) throws(ApusError) -> Digest {
        guard let id = Digest(hex: record.imageID) else { throw ApusError(.malformed, "the record of container \(record.name) names no image") }
        return id
    }

    private static func describe(
        _ config: inout ImageConfig, _ isEmpty: Bool, _ record: ContainerRecord, _ request: CommitRequest, _ changes: [ImageChange]
    ) throws(ApusError) {
        var parameters = (config.config ?? ExecutionParameters()).with(record.settings)
        try ImageChange.apply(changes, to: &parameters)
        config.config = parameters
        let created = request.created.description
        config.created = created
        config.author = request.author
        config.comment = request.message
        config.dockerVersion = nil
        var entry = ImageConfig.HistoryEntry(
            created: created, createdBy: record.arguments.joined(separator: " "), comment: request.message, emptyLayer: isEmpty ? true : nil)
        entry.author = request.author
        config.history = (config.history ?? []) + [entry]
    }
}

extension ExecutionParameters {
    /// These with what a container was made with.
    fileprivate func with(_ settings: ContainerSettings) -> ExecutionParameters {
        var result = self
        func some<Items: Collection>(_ items: Items) -> Items? { items.isEmpty ? nil : items }
        result.user = some(settings.user)
        result.env = some(settings.env)
        result.entrypoint = some(settings.entrypoint)
        result.cmd = some(settings.command)
        result.labels = some(settings.labels)
        result.workingDir = settings.workingDirectory == "/" ? workingDir : settings.workingDirectory
        result.stopSignal = settings.stopSignal
        result.stopTimeout = settings.stopTimeout
        let anonymous = settings.mounts.filter(\.isAnonymous).map(\.target)
        result.volumes = some((volumes?.names ?? []) + anonymous).map { NameSet($0) }
        return result
    }
}
