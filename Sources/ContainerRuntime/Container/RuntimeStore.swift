import CShim
import Glibc
import JSONCoding
public import LinuxSystem

/// The state directory of the OCI runtime, `--root`: a directory for each container, which is its lock too.
///
/// Records are replaced by rename, so a reader needs no lock; whoever changes a container holds it.
public struct RuntimeStore: Sendable {
    /// The directory's path.
    public let root: String

    /// Uses a directory, made by the first container.
    public init(root: String) { self.root = root }

    /// The root without `--root`: in /run, or in the user's own runtime directory.
    public static var standardRoot: String {
        if geteuid() == 0 { return "/run/apus-runtime" }
        let own = unsafe getenv("XDG_RUNTIME_DIR").map { unsafe String(cString: $0) } ?? "/run/user/\(geteuid())"
        return "\(own)/apus-runtime"
    }

    /// Filters built before.
    var seccompCache: SeccompCache { SeccompCache(directory: "\(root)/.seccomp") }

    func directory(_ id: String) -> String { "\(root)/\(id)" }

    /// All containers, by ID.
    public func containers() throws(ApusError) -> [RuntimeContainer] {
        var found: [RuntimeContainer] = []
        for id in try listDirectory(root).sorted() where !id.hasPrefix(".") {
            // Removed meanwhile, or not yet on record.
            if let container = try? find(id) { found.append(container) }
        }
        return found
    }

    /// The container with an ID.
    ///
    /// - Throws: `ApusError` with `.notFound` when there is none.
    public func find(_ id: String) throws(ApusError) -> RuntimeContainer {
        try Self.validate(id)
        let bytes: [UInt8]
        do { bytes = try readFile("\(directory(id))/state.json") } catch  where error.errno == ENOENT { throw Self.missing(id) }
        guard let record = try? RuntimeRecord(parseJSON(bytes, name: "state.json")), record.id == id else {
            throw ApusError(.malformed, "cannot read \(directory(id))/state.json: it is damaged", hint: "delete --force removes what it can find")
        }
        return RuntimeContainer(record, self)
    }

    static func missing(_ id: String) -> ApusError { ApusError(.notFound, "container does not exist: \(id)") }

    /// Takes the container's directory for its creation.
    func reserve(_ id: String) throws(ApusError) -> OwnedFD {
        try Self.validate(id)
        try makeDirectories(root, mode: 0o700)
        do {
            try systemCall("cannot make directory \(directory(id))") { unsafe mkdir(directory(id), 0o700) }
        } catch  where error.errno == EEXIST {
            throw ApusError(.conflict, "container with given ID already exists: \(id)")
        }
        return try lock(id)
    }

    /// Removes the directory of a creation that was cut off before anything was on record.
    ///
    /// - Returns: whether there was one.
    public func discardUnrecorded(_ id: String) throws(ApusError) -> Bool {
        try Self.validate(id)
        guard fileExists(directory(id)), !isLocked(id) else { return false }
        let lock = try lock(id)
        defer { withExtendedLifetime(lock.raw) {} }
        guard !fileExists("\(directory(id))/state.json") else { return false }
        try removeTree(directory(id))
        return true
    }

    /// Holds the container until the descriptor closes.
    func lock(_ id: String) throws(ApusError) -> OwnedFD {
        do { return try DirectoryLock.take(directory(id)) } catch  where error.errno == ENOENT { throw Self.missing(id) }
    }

    /// Whether somebody holds it.
    func isLocked(_ id: String) -> Bool {
        guard let directory = try? openDirectory(directory(id)) else { return false }
        return flock(directory.raw, LOCK_SH | LOCK_NB) != 0
    }

    func write(_ record: RuntimeRecord) throws(ApusError) {
        try replaceFile("\(directory(record.id))/state.json", with: record.json.text + [10], mode: 0o600, durability: .volatile)
    }

    /// IDs are names of directories and of cgroups.
    static func validate(_ id: String) throws(ApusError) {
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
        guard isPlain, !id.isEmpty, !id.hasPrefix("."), id.utf8.count <= 255 else {
            throw ApusError(.invalidArgument, "invalid container id format: \"\(id)\"", hint: "letters, digits, _, +, - and ., the first no dot")
        }
    }
}
