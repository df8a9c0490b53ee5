import CShim
public import Glibc
import JSONCoding
public import LinuxSystem
public import OCISpec

/// The files of JSON that a caller of the runtime hands over: a bundle's config.json and its parts.
///
/// They are read as hostile input: regular files (a process or resources from a FIFO too), at most 16 MiB, with bounded depth and number of values. What is read has the
/// right shape; `Spec.validate()` says whether it has the right content.
public enum SpecFile {
    /// The most bytes of a file.
    public static let limit = 16 << 20

    /// A bundle's config.json.
    ///
    /// - Throws: `ApusError` naming the file and the field that is wrong.
    public static func read(_ path: String, at directory: Int32 = AT_FDCWD) throws(ApusError) -> Spec {
        try decode(content(path, at: directory), name: path)
    }

    /// A bundle's config.json with its bytes, for a copy that stays as it was.
    static func readWithBytes(_ path: String) throws(ApusError) -> (spec: Spec, bytes: [UInt8]) {
        let bytes = try content(path, at: AT_FDCWD)
        return (try decode(bytes, name: path), bytes)
    }

    /// The file of `exec --process`: the `process` of a config.json alone.
    public static func readProcess(_ path: String) throws(ApusError) -> Process {
        try Process(parseJSON(stream(path), name: path))
    }

    /// The file of `update --resources`: the `linux.resources` of a config.json alone; `-` is the standard input, whatever that is.
    public static func readResources(_ path: String) throws(ApusError) -> LinuxResources {
        guard path == "-" else { return try LinuxResources(parseJSON(stream(path), name: path)) }
        let input = OwnedFD(adopting: try systemCall("cannot read the standard input") { apus_fcntl(0, F_DUPFD_CLOEXEC, 3) })
        return try LinuxResources(parseJSON(readAll(input, limit: limit, name: "the standard input"), name: "the standard input"))
    }

    /// A config.json that is in memory already; `name` is what errors call it.
    public static func decode(_ bytes: [UInt8], name: String) throws(ApusError) -> Spec {
        try Spec(parseJSON(bytes, name: name))
    }

    /// A file, or what a writer sends through a FIFO, as a shell's `<(...)` does.
    private static func stream(_ path: String) throws(ApusError) -> [UInt8] {
        var status = stat()
        try systemCall("cannot read \(path)") { unsafe stat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFIFO else { return try content(path, at: AT_FDCWD) }
        let file = try openFile(path, O_RDONLY | O_NOCTTY)
        return try readAll(file, limit: limit, name: path)
    }

    private static func content(_ path: String, at directory: Int32) throws(ApusError) -> [UInt8] {
        // Without waiting for the writer of a FIFO, or for a terminal.
        let file = try openFile(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, at: directory)
        var status = stat()
        try systemCall("cannot look at \(path)") { [raw = file.raw] in unsafe fstat(raw, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ApusError(.invalidArgument, "cannot read \(path): it is not a regular file") }
        guard status.st_size <= limit else { throw ApusError(.malformed, "cannot read \(path): it is longer than \(limit) bytes") }
        return try readAll(file, limit: limit, name: path)
    }
}
