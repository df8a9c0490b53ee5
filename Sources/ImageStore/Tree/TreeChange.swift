import Glibc
public import LinuxSystem

/// One difference between a container's files and its image's, as `docker diff` shows it.
public struct TreeChange: Sendable, Equatable, CustomStringConvertible {
    /// What happened.
    public enum Kind: String, Sendable {
        /// It is there and was not.
        case added = "A"
        /// It is another file, or looks or holds something else.
        case changed = "C"
        /// It was there and is not.
        case deleted = "D"
    }

    /// What happened.
    public let kind: Kind
    /// The absolute path.
    public let path: String

    /// `A /etc/new`.
    public var description: String { "\(kind.rawValue) \(path)" }

    /// The differences that an overlay's upper directory makes to the layers below it, by path; a directory is changed where something in it is.
    ///
    /// - Parameters:
    ///   - upper: the upper directory; where `isMerged`, it and all layers below as one tree.
    ///   - lower: the layers below as one tree.
    ///   - mountpoints: the paths of the container's mounts.
    public static func all(upper: borrowing OwnedFD, lower: borrowing OwnedFD, mountpoints: [String], isMerged: Bool = false) throws(ApusError) -> [TreeChange]
    {
        let collector = ChangeCollector()
        try UpperWalk(mountpoints: mountpoints, visitor: collector).walk(upper: upper, lower: lower, isMerged: isMerged)
        return collector.changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}

private final class ChangeCollector: UpperVisitor {
    private(set) var changes: [TreeChange] = []
    /// Directories on the way that are only there because something below them may be.
    private var pending: [[UInt8]] = []

    func visit(_ node: UpperNode, lower: FileStatus?) throws(ApusError) {
        enter(node.path)
        guard let lower else { return add(.added, node.path) }
        let isSameDirectory = node.status.isDirectory && lower.isDirectory && node.status.looksLike(lower) && node.status.modified == lower.modified
        if isSameDirectory { pending.append(node.path) } else { add(.changed, node.path) }
    }

    func visitDeleted(_ path: [UInt8]) {
        enter(path)
        add(.deleted, path)
    }

    func visitOpaque(_ path: [UInt8], hiding names: [[UInt8]]) {
        for name in names {
            let gone = path + [UInt8(ascii: "/")] + name
            enter(gone)
            add(.deleted, gone)
        }
    }

    /// Forgets the directories that `path` is not in.
    private func enter(_ path: [UInt8]) { pending.removeAll { !path.starts(with: $0 + [UInt8(ascii: "/")]) } }

    private func add(_ kind: TreeChange.Kind, _ path: [UInt8]) {
        changes += pending.map { TreeChange(kind: .changed, path: "/" + String(decoding: $0, as: UTF8.self)) }
        pending = []
        changes.append(TreeChange(kind: kind, path: "/" + String(decoding: path, as: UTF8.self)))
    }
}
