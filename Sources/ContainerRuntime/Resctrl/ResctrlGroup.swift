import Glibc
public import LinuxSystem
public import OCISpec

/// The group of a container in the resctrl file system: its share of cache and memory bandwidth (`linux.intelRdt`).
///
/// `create` before the start, `add` for the container's first process and for each exec, `remove` when the container is deleted. A value is
/// made anew from the specification whenever one is needed: nothing but the container's id and the configuration says where the group lies.
public struct ResctrlGroup: Sendable, Equatable {
    /// Where the file system is mounted.
    public let root: String
    /// The directory of the class of service.
    public let path: String
    /// The directory that counts this container alone, with `enableMonitoring`.
    public let monitorPath: String?
    /// Whether the class is the container's own, named by its id, and goes with it; one that `closID` names belongs to the administrator.
    public let isOwn: Bool
    private let settings: LinuxIntelRdt

    /// Where the group of a container lies; nothing is made.
    ///
    /// - Parameter root: the mount of the resctrl file system; nil to look for it.
    /// - Throws: `ApusError` where there is none, or the name of the class is no name.
    public init(_ settings: LinuxIntelRdt, containerID: String, root: String? = nil) throws(ApusError) {
        let given = settings.closID ?? ""
        let name = given.isEmpty ? containerID : given
        guard
            name == "/" && !given.isEmpty
                || !["", ".", "..", "info", "mon_groups", "mon_data"].contains(name) && !name.contains("/") && !name.utf8.contains(0) && !name.utf8.contains(10)
        else {
            throw ApusError(.invalidArgument, "linux.intelRdt.closID: \"\(name)\" is no name of a class of service")
        }
        var found = root
        if found == nil { found = ResctrlGroup.mountPoint(in: try readText("/proc/self/mountinfo")) }
        guard let root = found else {
            throw ApusError(
                .notSupported, "cannot set linux.intelRdt: no resctrl file system is mounted",
                hint: "it is mounted with \"mount -t resctrl resctrl /sys/fs/resctrl\" where processor and kernel have it")
        }
        self.root = root
        self.settings = settings
        isOwn = given.isEmpty
        path = name == "/" ? root : "\(root)/\(name)"
        monitorPath = settings.enableMonitoring == true ? "\(path)/mon_groups/\(containerID)" : nil
    }

    /// Makes the group as the specification says.
    ///
    /// - Throws: `ApusError` naming the field and what the kernel says of it; nothing is left then.
    public static func create(_ settings: LinuxIntelRdt, containerID: String, root: String? = nil) throws(ApusError) -> ResctrlGroup {
        try create(settings, containerID: containerID, root: root, kernel: ResctrlDirectories())
    }

    static func create(
        _ settings: LinuxIntelRdt, containerID: String, root: String?, kernel: ResctrlDirectories
    ) throws(ApusError) -> ResctrlGroup {
        let group = try ResctrlGroup(settings, containerID: containerID, root: root)
        let isThere = fileExists("\(group.path)/tasks")
        if !isThere && !group.isOwn && group.lines.isEmpty && group.schemata.isEmpty {
            throw ApusError(
                .notFound, "cannot use linux.intelRdt.closID: there is no class of service \(settings.closID ?? "")",
                hint: "it must be there before, or have schemata here")
        }
        if !isThere { try group.explain("make class of service \(group.path)") { () throws(ApusError) in try kernel.make(group.path) } }
        do throws(ApusError) {
            try group.fill(isThere: isThere && !group.isOwn)
            if let path = group.monitorPath {
                guard fileExists("\(group.path)/mon_groups") else {
                    throw ApusError(.notSupported, "cannot set linux.intelRdt.enableMonitoring: this host cannot monitor \(group.path)")
                }
                if !fileExists(path) { try group.explain("make monitoring group \(path)") { () throws(ApusError) in try kernel.make(path) } }
            }
        } catch {
            if !isThere { try? kernel.remove(group.path) }
            throw error
        }
        return group
    }

    /// Gives a running container's group other schemata, and makes it where there is none yet.
    ///
    /// - Throws: `ApusError` naming the field and what the kernel says of it.
    public static func update(_ settings: LinuxIntelRdt, containerID: String, root: String? = nil) throws(ApusError) -> ResctrlGroup {
        try update(settings, containerID: containerID, root: root, kernel: ResctrlDirectories())
    }

    static func update(
        _ settings: LinuxIntelRdt, containerID: String, root: String?, kernel: ResctrlDirectories
    ) throws(ApusError) -> ResctrlGroup {
        let group = try ResctrlGroup(settings, containerID: containerID, root: root)
        // As runc has it: a class that the administrator made is changed too.
        guard fileExists("\(group.path)/tasks") else { return try create(settings, containerID: containerID, root: root, kernel: kernel) }
        try group.fill(isThere: false)
        return group
    }

    /// Puts a process, whose children follow, into the group.
    public func add(_ pid: Int32) throws(ApusError) {
        for directory in [path, monitorPath].compactMap({ $0 }) {
            try explain("add process \(pid) to \(directory)") { () throws(ApusError) in try write("\(pid)", to: "\(directory)/tasks") }
        }
    }

    /// Removes what is the container's alone; what is not there any more is fine, be it the whole file system.
    public static func remove(_ settings: LinuxIntelRdt, containerID: String, root: String? = nil) throws(ApusError) {
        do throws(ApusError) {
            try ResctrlGroup(settings, containerID: containerID, root: root).remove(kernel: ResctrlDirectories())
        } catch  where error.code == .notSupported || error.code == .invalidArgument {
            return  // so nothing was made either
        }
    }

    func remove(kernel: ResctrlDirectories) throws(ApusError) {
        // The monitoring group goes with its class.
        guard let own = isOwn ? path : monitorPath, fileExists(own) else { return }
        try kernel.remove(own)
    }

    /// Cache and bandwidth lines: those of memory belong to `memBwSchema`, also where `l3CacheSchema` has some.
    private var lines: String {
        let cache = (settings.l3CacheSchema ?? "").split(separator: "\n").map(String.init)
        let memory = settings.memBwSchema ?? ""
        let kept = memory.isEmpty ? cache : cache.filter { !$0.hasPrefix("MB:") } + [memory]
        return kept.joined(separator: "\n")
    }

    private var schemata: String { (settings.schemata ?? []).joined(separator: "\n") }

    private func fill(isThere: Bool) throws(ApusError) {
        let file = "\(path)/schemata"
        if !lines.isEmpty {
            if isThere {
                guard let wanted = ResctrlSchemata(lines), let present = ResctrlSchemata(try readText(file)), present.satisfies(wanted) else {
                    throw ApusError(
                        .conflict,
                        "cannot use linux.intelRdt.closID: class of service \(settings.closID ?? "") has other values than l3CacheSchema and memBwSchema")
                }
            } else {
                try explain("write linux.intelRdt.l3CacheSchema and memBwSchema to \(file)") { () throws(ApusError) in try write(lines + "\n", to: file) }
            }
        }
        if !schemata.isEmpty { try explain("write linux.intelRdt.schemata to \(file)") { () throws(ApusError) in try write(schemata + "\n", to: file) } }
    }

    /// Never makes a file: what the kernel does not have is an error.
    private func write(_ text: String, to path: String) throws(ApusError) {
        let file = try openFile(path, O_WRONLY | O_TRUNC)
        try writeAll(file.raw, Array(text.utf8), name: path)
    }

    /// Adds the kernel's own words, which are in info/last_cmd_status.
    private func explain(_ action: String, _ body: () throws(ApusError) -> Void) throws(ApusError) {
        do throws(ApusError) {
            try body()
        } catch {
            let status = (try? readText("\(root)/info/last_cmd_status")) ?? "ok"
            throw ApusError(errno: error.errno, "cannot \(action)", hint: status == "ok" ? nil : "the kernel says: \(status)")
        }
    }
}
