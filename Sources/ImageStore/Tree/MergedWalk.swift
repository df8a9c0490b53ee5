import Glibc
import LinuxSystem

/// Compares two trees of merged layers, one of which stands on the layers of the other: for containers whose changes lie in several layers.
///
/// What both have from the same layer is the same file to the kernel, with its inode number and time of change; nothing is read.
final class MergedWalk {
    private let visitor: any UpperVisitor
    private let isMountpoint: (UpperNode, FileStatus?) throws(ApusError) -> Bool
    /// Directories on the way that are told of once something in them is.
    private var pending: [(node: UpperNode, lower: FileStatus)] = []

    init(visitor: any UpperVisitor, isMountpoint: @escaping (UpperNode, FileStatus?) throws(ApusError) -> Bool) {
        self.visitor = visitor
        self.isMountpoint = isMountpoint
    }

    /// Walks the trees.
    func walk(upper: borrowing OwnedFD, lower: borrowing OwnedFD) throws(ApusError) {
        try walk(upper.raw, try sortedNames(upper, "the container's files"), lower.raw, try sortedNames(lower, "the image's files"), path: [])
    }

    private func walk(_ upper: Int32, _ names: [[UInt8]], _ lower: Int32?, _ lowerNames: [[UInt8]], path: [UInt8]) throws(ApusError) {
        for name in Set(names).union(lowerNames).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            var below: FileStatus?
            if let lower { below = try status(of: name, in: lower) }
            guard let found = try status(of: name, in: upper) else {
                if below != nil {
                    try flush()
                    try visitor.visitDeleted(path + name)
                }
                continue
            }
            let node = UpperNode(path: path + name, name: name, directory: upper, status: found)
            if try isMountpoint(node, below) { continue }
            if found.isDirectory {
                try walkDirectory(node, below, lower)
            } else if below?.isSameFile(as: found) != true {
                try flush()
                try visitor.visit(node, lower: below)
            }
        }
    }

    private func walkDirectory(_ node: UpperNode, _ below: FileStatus?, _ lower: Int32?) throws(ApusError) {
        let depth = pending.count
        if let below, below.isDirectory, below.looksLike(node.status), below.changed == node.status.changed {
            pending.append((node, below))
        } else {
            try flush()
            try visitor.visit(node, lower: below)
        }
        let child = try openChild(node.name, in: node.directory)
        let names = try sortedNames(child, shown(node.path))
        let path = node.path + [UInt8(ascii: "/")]
        if let lower, below?.isDirectory == true {
            let lowerChild = try openChild(node.name, in: lower)
            try walk(child.raw, names, lowerChild.raw, try sortedNames(lowerChild, shown(node.path)), path: path)
        } else {
            try walk(child.raw, names, nil, [], path: path)
        }
        // Told of it is gone from the list already, and so are those above it.
        if pending.count > depth { pending.removeLast() }
    }

    private func flush() throws(ApusError) {
        let waiting = pending
        pending = []
        for (node, lower) in waiting { try visitor.visit(node, lower: lower) }
    }
}

extension FileStatus {
    fileprivate var changed: Timestamp { Timestamp(seconds: st_ctim.tv_sec, nanoseconds: st_ctim.tv_nsec) }

    fileprivate func isSameFile(as other: FileStatus) -> Bool {
        looksLike(other) && st_ino == other.st_ino && st_size == other.st_size && changed == other.changed && modified == other.modified
    }
}
