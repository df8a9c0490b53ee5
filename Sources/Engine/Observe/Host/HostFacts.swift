public import Cgroups
import Glibc
public import LinuxSystem

/// What the host is and can do for containers.
public struct HostFacts: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The kernel's version.
    public var kernel: String
    /// The distribution, as it calls itself.
    public var system: String
    /// The processor as the kernel calls it.
    public var machine: String
    /// Processors in use.
    public var processors: Int
    /// Bytes of memory.
    public var memory: UInt64
    /// Whether system calls can be filtered.
    public var hasSeccomp: Bool
    /// Its control groups.
    public var cgroups: CgroupFacts

    /// Looks at this host.
    public static func read() throws(ApusError) -> HostFacts {
        var names = utsname()
        try systemCall("cannot ask for the kernel's name") { unsafe uname(&names) }
        return HostFacts(
            name: text(names.nodename), kernel: text(names.release), system: systemName((try? readText("/etc/os-release")) ?? ""),
            machine: text(names.machine), processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memory: try HostMemory.total(),
            hasSeccomp: fileExists("/proc/sys/kernel/seccomp/actions_avail"), cgroups: try CgroupFacts.read())
    }

    private static func text<Field>(_ field: Field) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// PRETTY_NAME of os-release(5).
    static func systemName(_ release: String) -> String {
        for line in release.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            let value = line.dropFirst("PRETTY_NAME=".count)
            guard let quote = value.first, quote == "\"" || quote == "'", value.last == quote, value.count > 1 else { return String(value) }
            return String(value.dropFirst().dropLast())
        }
        return "Linux"
    }
}

/// Which controllers of control groups the host has, and where.
public struct CgroupFacts: Sendable, Equatable {
    /// How they are divided.
    public var layout: CgroupHost.Layout
    /// Those in cgroup v1 hierarchies, by their v1 names.
    public var legacy: [String]
    /// Those in the cgroup v2 tree.
    public var unified: [String]
    /// Whether swap can be limited.
    public var limitsSwap: Bool

    /// Looks at this host.
    public static func read() throws(ApusError) -> CgroupFacts {
        let host = try CgroupHost.detect()
        var facts = CgroupFacts(
            layout: host.layout, legacy: host.legacy.flatMap(\.controllers).filter { !$0.hasPrefix("name=") }, unified: [], limitsSwap: false)
        if let tree = host.unified {
            let text = (try? readText("\(tree.mount)\(tree.own)/cgroup.controllers")) ?? ""
            facts.unified = text.split(separator: " ").map(String.init)
        }
        if let memory = host.legacyHierarchy(of: .memory) {
            facts.limitsSwap = fileExists("\(memory.mount)\(memory.own)/memory.memsw.limit_in_bytes")
        } else if let tree = host.unified {
            facts.limitsSwap = hasSwapFile(tree)
        }
        return facts
    }

    /// The root of the tree has no limits: a cgroup below it tells.
    private static func hasSwapFile(_ tree: CgroupHost.Hierarchy) -> Bool {
        if !tree.own.isEmpty { return fileExists("\(tree.mount)\(tree.own)/memory.swap.max") }
        return ((try? listDirectory(tree.mount)) ?? []).contains { fileExists("\(tree.mount)/\($0)/memory.swap.max") }
    }

    /// In one line: `hybrid: memory, cpu v1; hugetlb, freeze and kill v2`.
    public var summary: String {
        var parts: [String] = []
        if !legacy.isEmpty { parts.append("\(legacy.joined(separator: ", ")) v1") }
        if layout != .legacy { parts.append("\((unified + ["freeze and kill"]).joined(separator: ", ")) v2") }
        return "\(layout.rawValue): \(parts.joined(separator: "; "))"
    }

    /// Whether limits of this kind can be in force.
    public func has(_ controller: CgroupController) -> Bool {
        legacy.contains(controller.legacyName) || unified.contains(controller.rawValue)
    }

    /// What cannot be limited here, one sentence each.
    public var warnings: [String] {
        var warnings: [String] = []
        let kinds: [(CgroupController, String)] = [(.memory, "memory"), (.cpu, "CPU"), (.cpuset, "cpuset"), (.pids, "pids"), (.io, "block I/O")]
        for (controller, name) in kinds where !has(controller) { warnings.append("No \(name) limit support") }
        if has(.memory) && !limitsSwap { warnings.append("No swap limit support") }
        return warnings
    }
}
