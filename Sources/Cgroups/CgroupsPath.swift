public import LinuxSystem

/// Where `linux.cgroupsPath` puts a container (config-linux.md, "Cgroups Path"), without systemd.
///
/// As runc: an absolute path counts from the top of each hierarchy. A relative one counts from the caller's own cgroup in a cgroup v1
/// hierarchy, and from the one above it in the v2 tree, where a cgroup that holds processes cannot give controllers to others. Without a
/// path it is as if the container's ID were given. `..` never leads above the place from which a path counts.
public struct CgroupsPath: Sendable, Equatable {
    /// The cgroup above the container's.
    public let placement: CgroupPlacement
    /// The last component.
    public let name: String
    /// Whether the specification gives a path: a user who may not write there is told, others may do without (rootless).
    public let isExplicit: Bool

    /// Reads the field.
    ///
    /// A path of systemd's form `slice:prefix:name` is an ordinary relative path here.
    /// - Throws: `ApusError` for the top of the hierarchies and for a line feed in a name.
    public init(_ cgroupsPath: String?, id: String) throws(ApusError) {
        let text = cgroupsPath.flatMap { $0.isEmpty ? nil : $0 } ?? id
        var parts = [Substring]()
        for part in text.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        guard let last = parts.popLast() else {
            throw ApusError(.invalidArgument, "cannot use linux.cgroupsPath \"\(text)\": the top of a hierarchy is no container's cgroup")
        }
        if text.contains(where: { $0.isNewline }) || text.utf8.contains(0) {
            throw ApusError(.invalidArgument, "cannot use linux.cgroupsPath \"\(text)\": it must not contain a line feed")
        }
        let above = parts.joined(separator: "/")
        placement = text.hasPrefix("/") ? .absolute("/\(above)") : .own(above)
        name = String(last)
        isExplicit = cgroupsPath?.isEmpty == false
    }
}
