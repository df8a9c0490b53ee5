/// Where an image archive comes from.
///
/// What it is (a `docker save` archive, an OCI layout or a root filesystem, packed in whatever way) is told by its content.
public enum ImageArchive: Sendable, Equatable {
    /// A file, or the directory of an OCI layout.
    case path(String)
    /// An open file, pipe or socket, read from its present offset; it stays open and belongs to the caller.
    case descriptor(Int32, name: String)

    /// Standard input.
    public static let standardInput = ImageArchive.descriptor(0, name: "standard input")

    /// Its name for errors.
    public var name: String {
        switch self {
        case .path(let path): path
        case .descriptor(_, let name): name
        }
    }

    /// The name that an image gets which brings none: the file's name without its endings.
    var ownName: String? {
        guard case .path(let path) = self, var name = path.split(separator: "/").last.map(String.init)?.lowercased() else { return nil }
        for ending in [".gz", ".tgz", ".zst", ".xz", ".txz", ".bz2", ".tar", ".oci"] where name.hasSuffix(ending) { name.removeLast(ending.utf8.count) }
        return name
    }
}
