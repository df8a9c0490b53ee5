public import LinuxSystem

/// Cgroups below a container's own, by hierarchy, as `exec --cgroup` names them: one path for all, or `controller[,controller]:path` each.
public struct SubCgroups: Sendable, Equatable {
    /// With a leading slash, or "" for the container's own; the key "" stands for every hierarchy and for the v2 tree.
    private var paths: [String: String] = [:]

    /// The container's own cgroup in every hierarchy.
    public init() {}

    /// Reads the arguments.
    ///
    /// - Throws: `ApusError` for a path that leads out of the container's cgroup, and for one without controller beside others.
    public init(_ arguments: [String]) throws(ApusError) {
        for argument in arguments {
            func bad(_ why: String) -> ApusError { ApusError(.invalidArgument, "invalid --cgroup argument: \(argument)\(why)") }
            let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let path = parts.last else { throw bad("") }
            if path.split(separator: "/").contains("..") { throw ApusError(.invalidArgument, "invalid --cgroup argument: \(path) is not a sub cgroup path") }
            if parts.count == 1 && arguments.count > 1 { throw bad(" (missing <controller>: prefix)") }
            let names = parts.count == 1 ? [""] : parts[0].split(separator: ",", omittingEmptySubsequences: false)
            if parts.count == 2 && names.contains("") { throw bad(" (empty controller name)") }
            for name in names { paths[String(name)] = path.split(separator: "/").filter { $0 != "." }.map { "/\($0)" }.joined() }
        }
    }

    /// What was named, in a fixed order.
    var names: [String] { paths.keys.sorted() }

    /// The path that was given for a hierarchy; nil for none.
    func path(of name: String) -> String? { paths[name] }

    subscript(name: String) -> String { paths[name] ?? "" }
}
