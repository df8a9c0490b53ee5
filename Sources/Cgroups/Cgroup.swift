import Glibc
public import LinuxSystem

/// Where a container's cgroup lies: enough to find it again from another process without looking at the host.
public struct CgroupRecord: Codable, Sendable, Equatable {
    /// The directory in the cgroup v2 tree.
    public var unified: String?
    /// Directories in cgroup v1 hierarchies by controller; hierarchies that nobody needed are not there.
    public var legacy: [CgroupController: String]
    /// The place that was asked for.
    public var placement: CgroupPlacement
    /// The last component of every directory: the container's ID.
    public var name: String

    /// Makes a record from its parts.
    public init(unified: String?, legacy: [CgroupController: String], placement: CgroupPlacement, name: String) {
        self.unified = unified
        self.legacy = legacy
        self.placement = placement
        self.name = name
    }

    /// Each directory once, the v2 tree's first, then in a fixed order.
    public var directories: [String] {
        var found = [unified].compactMap { $0 }
        for controller in CgroupController.allCases {
            if let path = legacy[controller], !found.contains(path) { found.append(path) }
        }
        return found
    }
}

/// One container's control group: a directory in the v2 tree, in v1 hierarchies, or both.
public struct Cgroup: Sendable {
    /// Where it lies.
    public internal(set) var record: CgroupRecord
    let tree: any CgroupTree

    /// Takes up a cgroup that was created before.
    ///
    /// Nothing is read until it is used.
    public init(existing record: CgroupRecord) {
        self.init(record: record, tree: KernelCgroupTree())
    }

    init(record: CgroupRecord, tree: any CgroupTree) {
        self.record = record
        self.tree = tree
    }

    /// The directory and version of a controller's files; nil where this cgroup has none.
    func directory(of controller: CgroupController) -> (path: String, version: CgroupVersion)? {
        if let path = record.legacy[controller] { return (path, .v1) }
        return record.unified.map { ($0, .v2) }
    }

    /// The directory that holds every process of the container.
    var home: String? { record.unified ?? record.legacy[.freezer] ?? record.directories.first }
}

/// The ways into a cgroup for a process that is about to start, opened beforehand; closed at the end of the scope that holds the value.
///
/// Moving a process by `cgroup.procs` waits for a grace period of the kernel, some 7 ms. A child that is cloned into the v2 directory, or
/// that itself writes "0" to each `tasks` file while it has one thread, does not wait.
public struct CgroupEntrance: ~Copyable, Sendable {
    /// The v2 directory for CLONE_INTO_CGROUP; -1 on a host without a v2 tree.
    public let directory: Int32
    /// `tasks` files of v1 hierarchies, open for writing: the child writes "0" to each.
    public let tasks: [Int32]

    deinit { CgroupEntrance.close(directory, tasks) }

    fileprivate static func close(_ directory: Int32, _ tasks: [Int32]) {
        for descriptor in [directory] + tasks where descriptor >= 0 { Glibc.close(descriptor) }
    }
}

extension Cgroup {
    /// Opens the ways in, for the first process and for each that `exec` adds.
    ///
    /// - Parameter process: a process of the container whose place below the v2 directory is taken. A container that divides its cgroup
    ///   further, as systemd does, has moved its first process down, and nothing may enter the directory itself any more (EBUSY).
    public func entrance(of process: Int32? = nil) throws(ApusError) -> CgroupEntrance {
        let directory = try record.unified.map { path throws(ApusError) in try openDirectory(path + below(process)).take() } ?? -1
        var tasks = [Int32]()
        do {
            for path in record.directories where path != record.unified { tasks.append(try openFile("\(path)/tasks", O_WRONLY).take()) }
        } catch {
            CgroupEntrance.close(directory, tasks)
            throw error
        }
        return CgroupEntrance(directory: directory, tasks: tasks)
    }

    /// The path of a process below the container's v2 directory; "" for the directory itself and for a process that is elsewhere.
    private func below(_ process: Int32?) -> String {
        guard let process, let text = try? readFile("/proc/\(process)/cgroup") else { return "" }
        guard let path = parseMemberships(text).first(where: { $0.controllers.isEmpty })?.path else { return "" }
        let parts = path.split(separator: "/")
        guard let own = parts.firstIndex(of: Substring(record.name)) else { return "" }
        return parts[(own + 1)...].map { "/\($0)" }.joined()
    }
}
