import FoundationEssentials
import Glibc
import LinuxSystem
import Synchronization

@testable import Cgroups

/// Cgroup file systems in memory: a new directory has the files of its hierarchy, and every change is recorded in its order.
final class FakeTree: CgroupTree {
    struct Content {
        /// By directory, by file name.
        var directories = [String: [String: String]]()
        /// `mkdir PATH`, `rmdir PATH`, `PATH/file = value`.
        var log = [String]()
        /// Errno of the next writes to a path.
        var failures = [String: Int32]()
        /// Errno of every change, where nothing may be changed.
        var forbidden: Int32 = 0
        var programs = [String: [UInt64]]()
        /// How often a directory is gone at the moment when something is made in it.
        var vanishing = [String: Int]()
    }

    let content: Mutex<Content>
    /// The files of a new directory, by mount.
    let templates: [String: [String: String]]

    init(_ templates: [String: [String: String]]) {
        self.templates = templates
        var content = Content()
        for (mount, files) in templates { content.directories[mount] = files }
        self.content = Mutex(content)
    }

    var log: [String] { content.withLock { $0.log } }
    var directories: [String] { content.withLock { $0.directories.keys.sorted() } }
    func program(at path: String) -> [UInt64]? { content.withLock { $0.programs[path] } }

    func file(_ path: String) -> String? {
        let (directory, name) = split(path)
        return content.withLock { $0.directories[directory]?[name] }
    }

    func set(_ path: String, _ value: String?) {
        let (directory, name) = split(path)
        content.withLock { $0.directories[directory, default: [:]][name] = value }
    }

    func fail(_ path: String, with number: Int32) { content.withLock { $0.failures[path] = number } }
    func vanish(_ path: String, times: Int) { content.withLock { $0.vanishing[path] = times } }
    func forbid(with number: Int32) { content.withLock { $0.forbidden = number } }
    func clearLog() { content.withLock { $0.log = [] } }

    private func split(_ path: String) -> (String, String) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    func makeDirectory(_ path: String) throws(ApusError) {
        let (parent, _) = split(path)
        let template = templates.first { path.hasPrefix($0.key + "/") }?.value ?? [:]
        let number: Int32 = content.withLock { content in
            if content.directories[path] != nil { return EEXIST }
            if content.forbidden != 0 { return content.forbidden }
            guard content.directories[parent] != nil else { return ENOENT }
            if let times = content.vanishing[parent], times > 0 {
                content.vanishing[parent] = times - 1
                content.directories[parent] = nil
                return ENOENT
            }
            content.directories[path] = template
            content.log.append("mkdir \(path)")
            return 0
        }
        if number != 0 { throw ApusError(errno: number, "cannot make cgroup \(path)") }
    }

    func removeDirectory(_ path: String) throws(ApusError) {
        let number: Int32 = content.withLock { content in
            guard let files = content.directories[path] else { return ENOENT }
            if files["cgroup.procs"]?.isEmpty == false || content.directories.keys.contains(where: { $0.hasPrefix(path + "/") }) { return EBUSY }
            content.directories[path] = nil
            content.log.append("rmdir \(path)")
            return 0
        }
        if number != 0 { throw ApusError(errno: number, "cannot remove cgroup \(path)") }
    }

    func write(_ values: [String], to path: String) throws(ApusError) {
        for value in values { try write(one: value, to: path) }
    }

    private func write(one value: String, to path: String) throws(ApusError) {
        let (directory, name) = split(path)
        let number: Int32 = content.withLock { content in
            // 0: a write that changes nothing.
            if let number = content.failures[path] {
                if number == 0 { content.log.append("\(path) = \(value)") }
                return number
            }
            if content.forbidden != 0 { return content.forbidden }
            guard content.directories[directory]?[name] != nil else { return ENOENT }
            content.log.append("\(path) = \(value)")
            if name == "cgroup.subtree_control" {
                var set = Set((content.directories[directory]?[name] ?? "").split(separator: " ").map(String.init))
                for word in value.split(separator: " ") where word.first == "+" { set.insert(String(word.dropFirst())) }
                content.directories[directory]?[name] = set.sorted().joined(separator: " ")
            } else {
                content.directories[directory]?[name] = value
            }
            return 0
        }
        if number != 0 { throw ApusError(errno: number, "cannot write \(path)") }
    }

    func read(_ path: String) throws(ApusError) -> String {
        guard let text = file(path) else { throw ApusError(errno: ENOENT, "cannot open \(path)") }
        return text
    }

    func children(of path: String) throws(ApusError) -> [String] {
        directories.filter { $0.hasPrefix(path + "/") && !$0.dropFirst(path.count + 1).contains("/") }
    }

    func pageSizes() -> [String] { ["2MB", "1GB"] }

    func attachDeviceProgram(_ instructions: [UInt64], to path: String) throws(ApusError) {
        content.withLock { content in
            content.programs[path] = instructions
            content.log.append("\(path) program")
        }
    }
}

/// The hosts of the tests.
enum Fake {
    static let v2Files = [
        "cgroup.procs": "", "cgroup.subtree_control": "", "cgroup.controllers": "cpuset cpu io memory pids hugetlb rdma", "cgroup.freeze": "0",
        "cgroup.kill": "", "cgroup.events": "populated 0\nfrozen 1", "cgroup.threads": "", "cgroup.max.depth": "max", "cpu.stat": "usage_usec 7",
        "cpu.max": "max 100000", "cpu.max.burst": "0", "cpu.weight": "100", "cpu.idle": "0", "cpuset.cpus": "", "cpuset.mems": "",
        "memory.max": "max", "memory.low": "0", "memory.high": "max", "memory.swap.max": "max", "memory.current": "0", "pids.max": "max",
        "io.max": "", "io.weight": "default 100", "hugetlb.2MB.max": "max", "hugetlb.2MB.rsvd.max": "max", "rdma.max": "",
    ]
    static let v1Files = ["cgroup.procs": "", "tasks": ""]
    static let names = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb"]

    static func v1(_ name: String) -> [String: String] {
        let own: [String: String] =
            switch name {
            case "cpu": ["cpu.shares": "1024", "cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000", "cpu.cfs_burst_us": "0", "cpu.idle": "0"]
            case "cpuset": ["cpuset.cpus": "", "cpuset.mems": ""]
            case "memory":
                [
                    "memory.limit_in_bytes": "9223372036854771712", "memory.memsw.limit_in_bytes": "9223372036854771712",
                    "memory.soft_limit_in_bytes": "-1", "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0", "memory.swappiness": "60",
                    "memory.kmem.tcp.limit_in_bytes": "-1",
                ]
            case "devices": ["devices.allow": "", "devices.deny": "", "devices.list": "a *:* rwm"]
            case "freezer": ["freezer.state": "FROZEN"]
            case "blkio": ["blkio.bfq.weight": "100", "blkio.throttle.read_bps_device": "", "blkio.throttle.write_iops_device": ""]
            case "pids": ["pids.max": "max"]
            case "hugetlb": ["hugetlb.2MB.limit_in_bytes": "1", "hugetlb.2MB.rsvd.limit_in_bytes": "1"]
            default: [:]
            }
        return v1Files.merging(own) { $1 }
    }

    static func unified(own: String = "/session.scope") -> (CgroupHost, FakeTree) {
        let tree = FakeTree(["/c": v2Files])
        if !own.isEmpty { tree.set("/c\(own)/cgroup.procs", "1") }
        return (CgroupHost(unified: .init(controllers: [], mount: "/c", own: own), legacy: []), tree)
    }

    static func legacyHierarchies() -> [CgroupHost.Hierarchy] {
        names.map { .init(controllers: [$0], mount: "/c/\($0)", own: $0 == "memory" ? "/deep" : "") }
    }

    static func v1Templates() -> [String: [String: String]] {
        Dictionary(uniqueKeysWithValues: names.map { ("/c/\($0)", v1($0)) })
    }

    static func prepare(_ tree: FakeTree) -> FakeTree {
        tree.set("/c/memory/deep/tasks", "")
        tree.set("/c/cpuset/cpuset.cpus", "0-1")
        tree.set("/c/cpuset/cpuset.mems", "0")
        return tree
    }

    static func legacy() -> (CgroupHost, FakeTree) {
        (CgroupHost(unified: nil, legacy: legacyHierarchies()), prepare(FakeTree(v1Templates())))
    }

    /// - Parameter named: whether hierarchies without a known controller are there too.
    static func hybrid(named: Bool = false) -> (CgroupHost, FakeTree) {
        let bare = v2Files.filter { !$0.key.contains("memory") && !$0.key.hasPrefix("cpu.") || $0.key == "cpu.stat" }
        let files = bare.merging(["cgroup.controllers": "rdma"]) { $1 }
        let others = named ? ["/c/systemd": v1Files, "/c/debug": v1Files] : [:]
        let tree = prepare(FakeTree(v1Templates().merging(["/c/unified": files]) { $1 }.merging(others) { $1 }))
        var host = CgroupHost(
            unified: .init(controllers: [], mount: "/c/unified", own: ""),
            legacy: legacyHierarchies() + (named ? [.init(controllers: ["debug"], mount: "/c/debug", own: "")] : []))
        if named { host.named = [.init(controllers: ["name=systemd"], mount: "/c/systemd", own: "")] }
        return (host, tree)
    }
}

/// A record as another process reads it.
func roundTrip(_ record: CgroupRecord) throws -> CgroupRecord {
    try JSONDecoder().decode(CgroupRecord.self, from: JSONEncoder().encode(record))
}
