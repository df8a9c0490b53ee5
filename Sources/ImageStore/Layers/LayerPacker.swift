import Glibc
import LinuxSystem

/// Packs an overlay's upper directory as the tar of a layer (image-spec, layer.md): what is gone as whiteouts, directories that
/// hide what is below with `.wh..wh..opq` in them.
///
/// Overlayfs's own attributes stay out.
final class LayerPacker: UpperVisitor {
    private let packer: TreePacker
    private static let whiteout = Array(".wh.".utf8)
    private static let opaque = Array("/.wh..wh..opq".utf8)

    init(_ tar: TarWriter) { packer = TreePacker(tar) }

    /// Packs the tree.
    ///
    /// - Parameters:
    ///   - upper: the upper directory; where `isMerged`, it and all layers below as one tree.
    ///   - lower: the layers below as one tree.
    ///   - mountpoints: the paths of the container's mounts.
    func pack(upper: borrowing OwnedFD, lower: borrowing OwnedFD, mountpoints: [String], isMerged: Bool = false) throws(ApusError) {
        // The root's time changes with every name in it; only another look makes it a change.
        let (own, below) = (try status(of: upper.raw), try status(of: lower.raw))
        if !own.looksLike(below) { try packer.packDirectory(upper, TarEntry(path: Array("./".utf8), own)) }
        try UpperWalk(mountpoints: mountpoints, visitor: self).walk(upper: upper, lower: lower, isMerged: isMerged)
    }

    func visit(_ node: UpperNode, lower: FileStatus?) throws(ApusError) {
        guard !node.name.starts(with: Self.whiteout) else {
            throw ApusError(.notSupported, "/\(shown(node.path)) cannot be in a layer: names that begin with .wh. mean deletions there")
        }
        try packer.pack(node.name, in: node.directory, node.status, as: node.path)
    }

    func visitDeleted(_ path: [UInt8]) throws(ApusError) {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        try addMark(path[..<start] + Self.whiteout + path[start...])
    }

    func visitOpaque(_ path: [UInt8], hiding names: [[UInt8]]) throws(ApusError) { try addMark(path[...] + Self.opaque) }

    /// An empty file whose name says it all.
    private func addMark(_ path: ArraySlice<UInt8>) throws(ApusError) {
        try packer.tar.add(TarEntry(path: Array(path), kind: .file, mode: 0, owner: 0, group: 0, size: 0, modified: Timestamp(seconds: 0)))
    }
}
