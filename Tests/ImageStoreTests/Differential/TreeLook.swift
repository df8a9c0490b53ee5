import CShim
import Glibc
import LinuxSystem
import OCISpec

@testable import ImageStore

/// Everything about a tree that an unpacking must bring: one line a name.
struct TreeLook: Equatable, CustomStringConvertible {
    private(set) var lines: [[UInt8]: String] = [:]
    private var groups: [ino_t: [UInt8]] = [:]
    /// Bytes of files that take room.
    private(set) var allocated = 0
    private let aspects: Aspects

    /// What is looked at beside the rest.
    struct Aspects: OptionSet {
        let rawValue: Int
        static let directoryTimes = Aspects(rawValue: 1)
        static let accessLists = Aspects(rawValue: 2)
        static let otherAttributes = Aspects(rawValue: 4)
        static let all: Aspects = [.directoryTimes, .accessLists, .otherAttributes]
    }

    /// Looks at all below a directory, and at the directory's own look where asked to.
    init(_ directory: String, root: Bool = false, _ aspects: Aspects = .all) throws {
        self.aspects = aspects
        let fd = try openDirectory(directory)
        if root { lines[[]] = try line(Array(".".utf8), in: fd.raw, [], try status(of: fd.raw)) }
        try walk(fd, [])
    }

    /// The differences to another, for people.
    func difference(to other: TreeLook) -> String {
        var result = [String]()
        for path in Set(lines.keys).union(other.lines.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) where lines[path] != other.lines[path] {
            result.append("\(shown(path)): \(lines[path] ?? "not there") | \(other.lines[path] ?? "not there")")
        }
        return result.prefix(5).joined(separator: "\n")
    }

    static func == (one: TreeLook, other: TreeLook) -> Bool { one.lines == other.lines }
    var description: String { "\(lines.count) names" }

    private mutating func walk(_ directory: borrowing OwnedFD, _ path: [UInt8]) throws {
        for name in try sortedNames(directory, shown(path)) {
            guard let found = try status(of: name, in: directory.raw) else { continue }
            let own = path + name
            lines[own] = try line(name, in: directory.raw, own, found)
            if found.isDirectory { try walk(openChild(name, in: directory.raw), own + [UInt8(ascii: "/")]) }
        }
    }

    private mutating func line(_ name: [UInt8], in directory: Int32, _ path: [UInt8], _ status: FileStatus) throws -> String {
        var text = "\(String(status.st_mode, radix: 8)) \(status.st_uid):\(status.st_gid)"
        if !status.isDirectory || aspects.contains(.directoryTimes) { text += " \(status.modified.seconds).\(status.modified.nanoseconds)" }
        switch status.kind {
        case S_IFLNK: text += " -> \(shown(try linkTarget(of: name, in: directory)))"
        case S_IFCHR, S_IFBLK: text += " \(apus_major(status.st_rdev)):\(apus_minor(status.st_rdev))"
        case S_IFREG:
            let file = OwnedFD(adopting: try systemCall("open") { unsafe withName(name) { unsafe apus_openat(directory, $0, O_RDONLY | O_CLOEXEC, 0) } })
            text += " \(status.st_size) \(try digest(of: file.raw))"
            if groups[status.st_ino] == nil { allocated += status.st_blocks * 512 }
            text += try attributesText(file.raw)
        case S_IFDIR:
            let child = try openChild(name, in: directory)
            text += try attributesText(child.raw)
        default: break
        }
        if !status.isDirectory, status.st_nlink > 1 {
            if let first = groups[status.st_ino] { text += " is \(shown(first))" } else { groups[status.st_ino] = path }
            text += " with \(status.st_nlink) names"
        }
        return text
    }

    /// A short hash of the content by its blocks that are not zero, so that a hole and written zeros are the same.
    private func digest(of file: Int32) throws -> Substring {
        let buffer = ByteBuffer(capacity: 4096)
        var hash = Sha256()
        var offset = 0
        while true {
            let data = lseek(file, offset, 3)  // SEEK_DATA
            if data < 0 { break }
            offset = data / 4096 * 4096
            let count = try systemCall("read") { unsafe pread(file, buffer.bytes.baseAddress, 4096, offset) }
            if count == 0 { break }
            let block = unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
            if let base = block.baseAddress, unsafe block[0] != 0 || memcmp(base, base + 1, count - 1) != 0 {
                unsafe withUnsafeBytes(of: offset) { unsafe hash.update($0) }
                // The last block of a file may be followed by zeros or by the end.
                unsafe hash.update(UnsafeRawBufferPointer(rebasing: block[...(block.lastIndex { $0 != 0 } ?? 0)]))
            }
            offset += 4096
        }
        return hash.digest().hex.prefix(8)
    }

    private func attributesText(_ file: Int32) throws -> String {
        try attributes(of: file)
            .filter { aspects.contains($0.name.starts(with: "system.posix_acl".utf8) ? .accessLists : .otherAttributes) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }.map { " \(shown($0.name))=\(Sha256.digest(of: $0.value).hex.prefix(6))" }.joined()
    }
}
