import LinuxSystem

/// Below which cgroup a container's cgroup is made.
public enum CgroupPlacement: Sendable, Equatable {
    /// Next to the caller's own cgroup in the v2 tree (below the root where the caller is in it), below the caller's own in v1 ones.
    ///
    /// A v2 cgroup that holds processes cannot give controllers to those below it, so the caller's own would not do.
    case own(String)
    /// A path from the top of every hierarchy, as of `--cgroup-parent` and of an absolute `cgroupsPath`.
    case absolute(String)
}

/// One string: a path with a leading slash is absolute.
extension CgroupPlacement: Codable {
    /// Reads the string.
    public init(from decoder: any Decoder) throws {
        self.init(text: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The place that is written so.
    public init(text: String) { self = text.hasPrefix("/") ? .absolute(text) : .own(text) }

    /// As it is written.
    public var text: String {
        switch self {
        case .own(let path): String(path.drop { $0 == "/" })
        case .absolute(let path): path
        }
    }
}

extension CgroupPlacement {
    /// The path of the cgroup above, without a trailing slash; "" for the top.
    var path: String {
        switch self {
        case .own(let path), .absolute(let path): path.split(separator: "/").map { "/\($0)" }.joined()
        }
    }

    /// - Parameter takesSlices: whether a slice is a path like others, as for a runtime whose engine has chosen it.
    func validate(name: String, takesSlices: Bool) throws(ApusError) {
        func isBad(_ part: some StringProtocol) -> Bool {
            part.isEmpty || part == "." || part == ".." || part.utf8.contains { $0 == 0 || $0 == 10 || $0 == UInt8(ascii: "/") }
        }
        if isBad(name) { throw ApusError(.invalidArgument, "cannot make cgroup \"\(name)\": a name has no slash and no line feed and is not . or ..") }
        if case .absolute(let path) = self, !path.hasPrefix("/") {
            throw ApusError(.invalidArgument, "cannot use cgroup parent \"\(path)\": it must be an absolute path from the top of the hierarchy")
        }
        let parts = path.split(separator: "/")
        if parts.contains(where: isBad) { throw ApusError(.invalidArgument, "cannot use cgroup parent \"\(path)\": it must not contain . or ..") }
        if !takesSlices, parts.last?.hasSuffix(".slice") == true {
            throw ApusError(.notSupported, "cannot use cgroup parent \"\(path)\": systemd slices are not supported yet", hint: "give a path")
        }
    }
}
