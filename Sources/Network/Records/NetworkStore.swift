import Glibc
import JSONCoding
public import LinuxSystem

/// The networks of an instance on disk.
///
/// A record is a file `networks/<name>`, linked into its place when it is whole, so that two networks never share a name. Changes of the set
/// of networks happen under the directory's lock, so that two networks never get the same subnet.
public struct NetworkStore: Sendable {
    /// Where things lie.
    public let paths: NetworkPaths

    /// The networks of an instance; nothing is read.
    public init(_ instance: Instance) { paths = NetworkPaths(instance) }

    /// The network of containers that name none, and the name that Docker has for it.
    public static let standardName = "default"

    /// The name under which a network is kept.
    static func canonical(_ name: String) -> String { name == "bridge" ? standardName : name }

    /// Whether a user may give a network this name.
    public static func isValid(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) }
        guard let first = name.utf8.first, name.utf8.count <= 63, isAlphanumeric(first) else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || [95, 46, 45].contains($0) }
    }

    /// All networks by name; the default one is made where it is missing.
    public func all() throws(ApusError) -> [NetworkRecord] {
        _ = try standard()
        return try existing()
    }

    /// The networks that are there.
    public func existing() throws(ApusError) -> [NetworkRecord] {
        var records: [NetworkRecord] = []
        for name in try listDirectory(paths.records).sorted() where Self.isValid(name) {
            if let record = try load(name) { records.append(record) }
        }
        return records
    }

    /// The network with this name, id, or unambiguous beginning of an id.
    ///
    /// - Throws: `ApusError` with `.notFound`, or `.invalidArgument` for an ambiguous beginning.
    public func find(_ reference: String) throws(ApusError) -> NetworkRecord {
        let name = Self.canonical(reference)
        if name == Self.standardName { return try standard() }
        if Self.isValid(name), let record = try load(name) { return record }
        if reference.utf8.count >= 2, reference.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 || $0 >= 97 && $0 <= 102 }) {
            let found = try existing().filter { $0.id.hasPrefix(reference) }
            if found.count > 1 { throw ApusError(.invalidArgument, "more than one network has an id that begins with \(reference)", hint: "give more digits") }
            if let record = found.first { return record }
        }
        throw ApusError(.notFound, "no such network: \(reference)")
    }

    /// The default network, made when it is first looked for: IPv4 and IPv6, in ranges that the host does not use.
    public func standard() throws(ApusError) -> NetworkRecord {
        if let record = try load(Self.standardName) { return record }
        var request = NetworkRequest(name: Self.standardName)
        request.wantsIPv6 = true
        do { return try make(request) } catch  where error.code == .conflict {
            if let record = try load(Self.standardName) { return record }
            throw error
        }
    }

    /// Makes a network.
    ///
    /// - Throws: `ApusError` with `.conflict` for a name or a range in use, `.invalidArgument` for what is wrong.
    public func create(_ request: NetworkRequest) throws(ApusError) -> NetworkRecord {
        if ["default", "bridge", "host", "none", "container"].contains(request.name) {
            throw ApusError(.invalidArgument, "cannot make a network with the name \(request.name): the name is reserved")
        }
        guard Self.isValid(request.name) else {
            throw ApusError(
                .invalidArgument, "invalid network name \"\(request.name)\"",
                hint: "63 letters, digits, \"_\", \".\" and \"-\" at most, beginning with a letter or digit")
        }
        return try make(request)
    }

    private func make(_ request: NetworkRequest) throws(ApusError) -> NetworkRecord {
        try makeDirectories(paths.records, mode: 0o711)
        let lock = try DirectoryLock.take(paths.records)
        if fileExists("\(paths.records)/\(request.name)") { throw ApusError(.conflict, "network with name \(request.name) already exists") }
        let record = try request.record(existing: try existing(), instance: paths.instance)
        try write(record)
        _ = consume lock
        return record
    }

    private func write(_ record: NetworkRecord) throws(ApusError) {
        try replaceFile("\(paths.records)/\(record.name)", with: try writeJSON(record) + [10], mode: 0o600, durability: .synced)
    }

    /// Removes a network that no container is on.
    ///
    /// - Parameter isInUse: asked under the lock; true keeps the network.
    public func remove(_ record: NetworkRecord, unless isInUse: () throws(ApusError) -> Void) throws(ApusError) {
        let lock = try DirectoryLock.take(paths.records)
        guard try load(record.name)?.id == record.id else { throw ApusError(.notFound, "no such network: \(record.name)") }
        try isInUse()
        try systemCall("cannot remove network \(record.name)") { unsafe unlink("\(paths.records)/\(record.name)") }
        try removeTree(paths.running(record))
        _ = consume lock
    }

    func load(_ name: String) throws(ApusError) -> NetworkRecord? {
        let path = "\(paths.records)/\(name)"
        let bytes: [UInt8]
        do { bytes = try readFile(path) } catch  where error.errno == ENOENT { return nil }
        return try readJSON(NetworkRecord.self, from: bytes, name: path)
    }
}
