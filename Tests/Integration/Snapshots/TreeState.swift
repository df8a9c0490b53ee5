import CShim
import Glibc
import LinuxSystem
import Testing

/// All that a tree is, without what is mounted in it: a line for each path, and which paths are one file.
struct TreeState: Equatable {
    /// Everything about a file, by its path; access times and numbers of inodes are left out.
    private(set) var entries: [String: String] = [:]
    /// Paths of the same file, joined.
    private(set) var links: Set<String> = []

    init(of path: String) throws {
        var files: [[UInt64]: [String]] = [:]
        let root = try openFile(path, O_RDONLY | O_DIRECTORY)
        entries["/"] = try Self.describe(root)
        try add(root, "", &files)
        for paths in files.values where paths.count > 1 { links.insert(paths.sorted().joined(separator: " = ")) }
    }

    /// What differs, in words; empty for equal trees.
    func differences(from other: TreeState) -> [String] {
        let paths = Set(entries.keys).union(other.entries.keys).sorted()
        let changed = paths.filter { entries[$0] != other.entries[$0] }.map { "\($0): \(other.entries[$0] ?? "-") became \(entries[$0] ?? "-")" }
        return changed + links.symmetricDifference(other.links).sorted().map { "links: \($0)" }
    }

    private mutating func add(_ directory: borrowing OwnedFD, _ path: String, _ files: inout [[UInt64]: [String]]) throws {
        for name in try rawDirectoryEntries(directory, name: path) {
            guard let entry = try Self.open(name, openPathOnly | O_NOFOLLOW, in: directory) else { continue }
            let text = String(decoding: name.dropLast(), as: UTF8.self)
            let shown = "\(path)/\(Array(text.utf8) == name.dropLast() ? text : "\(name)")"
            entries[shown] = try Self.describe(entry)
            let status = try Self.fileStatus(entry.raw)
            if status.st_mode & S_IFMT == S_IFDIR {
                if let below = try Self.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: directory) { try add(below, shown, &files) }
            } else {
                files[[UInt64(status.st_dev), UInt64(status.st_ino)], default: []].append(shown)
            }
        }
    }

    private static func describe(_ entry: borrowing OwnedFD) throws -> String {
        let status = try fileStatus(entry.raw)
        let place = "/proc/self/fd/\(entry.raw)"
        var text = "\(String(status.st_mode, radix: 8)) \(status.st_uid):\(status.st_gid) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        switch status.st_mode & S_IFMT {
        case S_IFREG: text += " \(status.st_size) \(try checksum(place))"
        case S_IFLNK: text += " -> \(try readLink("", at: entry.raw))"
        case S_IFCHR, S_IFBLK: text += " \(status.st_rdev)"
        default: break
        }
        for (name, value) in try attributes(place).sorted(by: { $0.key < $1.key }) { text += " \(name)=\(value)" }
        return text
    }

    private static func checksum(_ path: String) throws -> Int {
        var hasher = Hasher()
        unsafe try readFile(path, limit: 64 << 20).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private static func attributes(_ path: String) throws -> [String: [UInt8]] {
        var names = [UInt8](repeating: 0, count: 65536)
        let length = unsafe names.withUnsafeMutableBytes { unsafe apus_listxattr(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
        var result: [String: [UInt8]] = [:]
        for name in names[..<max(0, length)].split(separator: 0).map({ String(decoding: $0, as: UTF8.self) }) {
            var value = [UInt8](repeating: 0, count: 65536)
            let size = try systemCall("getxattr \(name)") { unsafe value.withUnsafeMutableBytes { unsafe apus_getxattr(path, name, $0.baseAddress, $0.count) } }
            result[name] = Array(value[..<size])
        }
        return result
    }

    private static func fileStatus(_ entry: Int32) throws -> stat {
        var status = stat()
        try systemCall("fstat") { unsafe fstat(entry, &status) }
        return status
    }

    /// Opens a name; nil for a mount.
    private static func open(_ name: [UInt8], _ flags: Int32, in directory: borrowing OwnedFD) throws -> OwnedFD? {
        let raw = directory.raw
        let flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
        let opened = unsafe name.withUnsafeBytes {
            unsafe apus_openat2(raw, $0.baseAddress!.assumingMemoryBound(to: CChar.self), flags, 0, PathResolution.noMounts.rawValue)
        }
        let number = errno
        if opened >= 0 { return OwnedFD(adopting: opened) }
        if number == EXDEV { return nil }
        throw ApusError(errno: number, "cannot open \(name)")
    }
}
