import Glibc
import LinuxSystem

/// What a walk over an overlay's upper directory tells, in the order of the names' bytes, a directory before what is in it.
protocol UpperVisitor: AnyObject {
    /// A name that the upper directory has.
    ///
    /// - Parameter lower: what it was below; nil where it is new.
    func visit(_ node: UpperNode, lower: FileStatus?) throws(ApusError)
    /// A name that the layers below have is gone.
    func visitDeleted(_ path: [UInt8]) throws(ApusError)
    /// A directory hides everything that it has below.
    ///
    /// - Parameter names: what that is and is not there again, in order.
    func visitOpaque(_ path: [UInt8], hiding names: [[UInt8]]) throws(ApusError)
}

/// One name of an upper directory.
struct UpperNode {
    /// From the root on, without a slash in front.
    let path: [UInt8]
    let name: [UInt8]
    /// The open directory that it is in.
    let directory: Int32
    let status: FileStatus
}

/// Walks an overlay's upper directory beside the merged layers below it (kernel, overlayfs.rst).
///
/// Mountpoints that the engine made there are passed over: they are no work of the container's.
struct UpperWalk {
    /// The paths of the container's mounts, without a slash in front.
    private let mountpoints: Set<[UInt8]>
    private let visitor: any UpperVisitor

    private static let separator = UInt8(ascii: "/")

    init(mountpoints: [String], visitor: any UpperVisitor) {
        self.mountpoints = Set(mountpoints.map { Array($0.utf8.split(separator: Self.separator).joined(separator: [Self.separator])) })
        self.visitor = visitor
    }

    /// Walks the tree.
    ///
    /// - Parameters:
    ///   - upper: the upper directory; where `isMerged`, it and all layers below as one tree.
    ///   - lower: the layers below as one tree.
    func walk(upper: borrowing OwnedFD, lower: borrowing OwnedFD, isMerged: Bool) throws(ApusError) {
        if isMerged { return try MergedWalk(visitor: visitor, isMountpoint: isMountpoint).walk(upper: upper, lower: lower) }
        try walk(upper.raw, try sortedNames(upper, "the upper directory"), lower: lower.raw, path: [])
    }

    private func walk(_ upper: Int32, _ names: [[UInt8]], lower: Int32?, path: [UInt8]) throws(ApusError) {
        for name in names {
            guard let found = try status(of: name, in: upper) else { continue }
            var below: FileStatus?
            if let lower { below = try status(of: name, in: lower) }
            let node = UpperNode(path: path + name, name: name, directory: upper, status: found)
            if found.isWhiteout {
                if below != nil { try visitor.visitDeleted(node.path) }
                continue
            }
            if try isMountpoint(node, below) { continue }
            guard found.isDirectory else {
                try visitor.visit(node, lower: below)
                continue
            }
            try walkDirectory(node, below, lower: lower)
        }
    }

    private func walkDirectory(_ node: UpperNode, _ below: FileStatus?, lower: Int32?) throws(ApusError) {
        let child = try openChild(node.name, in: node.directory)
        let attributes = try attributes(of: child.raw)
        if let strange = attributes.first(where: { $0.name.elementsEqual("trusted.overlay.redirect".utf8) }) {
            throw ApusError(
                .notSupported, "/\(shown(node.path)) was renamed from \(shown(strange.value)) by overlayfs's redirect_dir, which cannot be read apart",
                hint: "echo N > /sys/module/overlay/parameters/redirect_dir before the container starts")
        }
        try visitor.visit(node, lower: below)
        let names = try sortedNames(child, shown(node.path))
        let path = node.path + [Self.separator]
        guard let lower, below?.isDirectory == true else { return try walk(child.raw, names, lower: nil, path: path) }
        let lowerChild = try openChild(node.name, in: lower)
        if attributes.contains(overlayOpaque) {
            let own = Set(names)
            try visitor.visitOpaque(node.path, hiding: try sortedNames(lowerChild, shown(node.path)).filter { !own.contains($0) })
        }
        try walk(child.raw, names, lower: lowerChild.raw, path: path)
    }

    /// Whether something is an empty mountpoint that the image lacks, or a directory that is there for such ones only.
    private func isMountpoint(_ node: UpperNode, _ below: FileStatus?) throws(ApusError) -> Bool {
        if mountpoints.contains(node.path), below == nil {
            if !node.status.isDirectory { return node.status.kind == S_IFREG && node.status.st_size == 0 }
            if try rawDirectoryEntries(openChild(node.name, in: node.directory), name: shown(node.path)).isEmpty { return true }
        }
        guard node.status.isDirectory, mountpoints.contains(where: { $0.starts(with: node.path + [Self.separator]) }) else { return false }
        if let below, !below.looksLike(node.status) { return false }
        let child = try openChild(node.name, in: node.directory)
        let names = try rawDirectoryEntries(child, name: shown(node.path))
        // Empty, it is the container's own doing.
        if names.isEmpty { return false }
        for name in names.map({ Array($0.dropLast()) }) {
            guard let found = try status(of: name, in: child.raw) else { continue }
            let inner = UpperNode(path: node.path + [Self.separator] + name, name: name, directory: child.raw, status: found)
            // What is below the name is not known here; a mountpoint in the upper directory was missing below.
            if try !isMountpoint(inner, nil) { return false }
        }
        return true
    }
}

extension FileStatus {
    /// Whether kind, mode and owner are the same.
    func looksLike(_ other: FileStatus) -> Bool { st_mode == other.st_mode && st_uid == other.st_uid && st_gid == other.st_gid }
}
