import Glibc
public import LinuxSystem

/// Where a container's cgroup lies: enough to find it again from another process without looking at the host.
public struct CgroupRecord: Codable, Sendable, Equatable {
    /// The directory in the cgroup v2 tree.
    public var unified: String?
    /// Directories in cgroup v1 hierarchies by controller; hierarchies that nobody needed are not there.
    public var legacy: [CgroupController: String]
    /// Directories in other cgroup v1 hierarchies, by what `/proc/PID/cgroup` calls them (`name=systemd`); nil for none.
    public var named: [String: String]?
    /// The place that was asked for.
    public var placement: CgroupPlacement
    /// The last component of every directory: the container's ID.
    public var name: String

    /// Makes a record from its parts.
    public init(unified: String?, legacy: [CgroupController: String], named: [String: String]? = nil, placement: CgroupPlacement, name: String) {
        self.unified = unified
        self.legacy = legacy
        self.named = named
        self.placement = placement
        self.name = name
    }

    /// Each directory once, the v2 tree's first, then in a fixed order.
    public var directories: [String] {
        var found = [unified].compactMap { $0 }
        for controller in CgroupController.allCases {
            if let path = legacy[controller], !found.contains(path) { found.append(path) }
        }
        return found + (named ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    /// The directories by the names that runc's state has (`cgroup_paths`): v1 controllers, and "" for the v2 tree.
    public var paths: [String: String] {
        var paths = named ?? [:]
        for (controller, path) in legacy { paths[controller.legacyName] = path }
        paths[""] = unified
        return paths
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

    /// No way: the process stays where its parent is.
    public static var none: CgroupEntrance { CgroupEntrance(directory: -1, tasks: []) }

    deinit { CgroupEntrance.close(directory, tasks) }

    fileprivate static func close(_ directory: Int32, _ tasks: [Int32]) {
        for descriptor in [directory] + tasks where descriptor >= 0 { Glibc.close(descriptor) }
    }
}

extension Cgroup {
    /// Opens the ways in, for the first process and for each that `exec` adds.
    ///
    /// - Parameters:
    ///   - process: a process of the container whose place below the v2 directory is taken where nothing may enter the directory itself any
    ///     more (EBUSY): a container that divides its cgroup further, as systemd does, has moved its first process down.
    ///   - below: cgroups that the container made in its own, as of `exec --cgroup`.
    public func entrance(of process: Int32? = nil, below: SubCgroups = SubCgroups()) throws(ApusError) -> CgroupEntrance {
        let paths = try entrancePaths(of: process, below: below)
        var directory: Int32 = -1
        var tasks = [Int32]()
        do throws(ApusError) {
            if let path = paths.unified { directory = try openDirectory(path).take() }
            for path in paths.legacy { tasks.append(try openFile("\(path)/tasks", O_WRONLY).take()) }
        } catch {
            CgroupEntrance.close(directory, tasks)
            guard error.errno == ENOENT, let name = below.names.lazy.map({ below[$0] }).first(where: { !$0.isEmpty }) else { throw error }
            let missing = ([paths.unified].compactMap { $0 } + paths.legacy).first { !fileExists($0) } ?? name
            throw ApusError(.invalidArgument, "failed adding pid to a cgroup: \(missing)/cgroup.procs: no such file or directory")
        }
        return CgroupEntrance(directory: directory, tasks: tasks)
    }

    /// The directories that are entered.
    func entrancePaths(of process: Int32?, below: SubCgroups) throws(ApusError) -> (unified: String?, legacy: [String]) {
        for name in below.names where name != "" && record.paths[name] == nil {
            throw ApusError(.invalidArgument, "unknown controller \"\(name)\": the container has no such hierarchy, and cannot enter \(below[name]) there")
        }
        let unified = record.unified.map { path in
            if let given = below.path(of: ""), !given.isEmpty { return path + given }
            if process == nil || (try? tree.read("\(path)/cgroup.subtree_control"))?.isEmpty != false { return path }
            return path + place(of: process, in: path)
        }
        let paths = record.paths
        let legacy = record.directories.filter { $0 != record.unified }.map { directory in
            // Controllers of one hierarchy share the directory: the one that was named decides.
            let named = paths.filter { $0.value == directory }.keys.sorted().compactMap { below.path(of: $0) }.first
            return directory + (named ?? below.path(of: "") ?? "")
        }
        return (unified, legacy)
    }

    /// The path of a process below the container's v2 directory; "" for the directory itself and for a process that is elsewhere.
    private func place(of process: Int32?, in directory: String) -> String {
        guard let process, let text = try? readFile("/proc/\(process)/cgroup") else { return "" }
        guard let path = parseMemberships(text).first(where: { $0.controllers.isEmpty })?.path else { return "" }
        return pathBelow(directory, in: path)
    }
}

/// What of `path`, as /proc/PID/cgroup names a cgroup, lies below `directory`, as it is mounted; "" for nothing.
///
/// Both end in the same names up to the container's cgroup; what stands before may differ, by the mount point and by the cgroup namespace.
func pathBelow(_ directory: String, in path: String) -> String {
    let parts = path.split(separator: "/")
    for end in parts.indices.reversed() where directory.hasSuffix(parts[...end].map { "/\($0)" }.joined()) {
        return parts[(end + 1)...].map { "/\($0)" }.joined()
    }
    guard let name = directory.split(separator: "/").last, let end = parts.firstIndex(of: name) else { return "" }
    return parts[(end + 1)...].map { "/\($0)" }.joined()
}
