public import LinuxSystem

/// The root filesystem of a container: layers that are shared and read-only, and a directory of its own above them.
///
/// It is a description only; the runtime mounts it inside the container's mount namespace, from a process whose working
/// directory is `base`.
public struct OverlayRootfs: Sendable, Equatable {
    /// The directory that relative names start from.
    public var base: String
    /// The read-only layers, from the top down.
    public var lower: [String]
    /// What the container writes; nil for a root that stays as it is.
    public var upper: String?
    /// overlayfs's own directory, empty and on the file system of `upper`.
    public var work: String?

    /// Describes a root filesystem.
    public init(base: String, lower: [String], upper: String? = nil, work: String? = nil) {
        self.base = base
        self.lower = lower
        self.upper = upper
        self.work = work
    }

    /// The longest option string of mount(2): one page with its NUL.
    public static let longestOptions = 4095
    /// The longest value that fsconfig(2) takes for one option; longer lists of layers need `lowerdir+` (Linux 6.7) or mount(2).
    public static let longestParameter = 255

    /// One option of overlayfs.
    public struct Option: Sendable, Equatable {
        /// For example `lowerdir`.
        public let name: String
        /// Escaped as the parser of that call wants it.
        public let value: String
    }

    /// The options one by one, for fsconfig(2).
    ///
    /// `:` parts the layers, so it and the backslash before it are escaped; a comma means nothing here. A value longer than
    /// `longestParameter` gives EINVAL; `lowerdir+`, once a layer, takes each name of `lower` as it is.
    public var parameters: [Option] {
        var options = [Option(name: "lowerdir", value: lower.map { escaped($0, ":\\") }.joined(separator: ":"))]
        if let upper { options.append(Option(name: "upperdir", value: escaped(upper, "\\"))) }
        if let work { options.append(Option(name: "workdir", value: escaped(work, "\\"))) }
        return options
    }

    /// All options as the one string of mount(2).
    ///
    /// - Throws: `.notSupported` where it is longer than a page, with the number of layers.
    public func mountOptions() throws(ApusError) -> String {
        // One level of backslashes for all: overlayfs passes over escaped commas and takes the backslashes away at the end.
        let options = parameters.map { "\($0.name)=\(escaped($0.value, ","))" }.joined(separator: ",")
        guard options.utf8.count <= Self.longestOptions else {
            throw ApusError(
                .notSupported, "cannot stack \(lower.count) layers: their names take \(options.utf8.count) bytes and overlayfs reads \(Self.longestOptions)",
                hint: "use a shorter root directory or an image with fewer layers")
        }
        return options
    }
}

private func escaped(_ text: String, _ special: String) -> String {
    var result = ""
    for character in text {
        if special.contains(character) { result.append("\\") }
        result.append(character)
    }
    return result
}
