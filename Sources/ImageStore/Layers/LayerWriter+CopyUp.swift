import CShim
import Glibc
import LinuxSystem

/// Copies of what layers below have.
extension LayerWriter {
    /// Copies a file, link, FIFO or device of a layer below to `path` in this one.
    func copyUp(_ node: borrowing LowerLayers.Node, to path: LayerPath, _ name: [UInt8]) throws(ApusError) {
        let (source, sourceName, status) = (node.parent.raw, node.name, node.status)
        if status.kind == S_IFREG { return try copyFile(node, to: path, name) }
        let parent = try enterParent(path)
        if status.kind == S_IFLNK {
            let target = try linkTarget(sourceName, in: source)
            _ = try unsafe create(path, name, in: parent) { name in unsafe withName(target) { unsafe symlinkat($0, parent, name) } }
        } else {
            let (major, minor) = (apus_major(status.st_rdev), apus_minor(status.st_rdev))
            _ = try unsafe create(path, name, in: parent) { unsafe apus_mknodat(parent, $0, status.kind | 0o600, major, minor) }
            try defaultACLs.dropInherited(by: name, in: parent)
        }
        try setOwner(path, name, in: parent, status.st_uid, status.st_gid)
        if status.kind != S_IFLNK { try setMode(path, name, in: parent, status.st_mode) }
        try setTime(status.modified, of: name, in: parent)
    }

    private func copyFile(_ node: borrowing LowerLayers.Node, to path: LayerPath, _ name: [UInt8]) throws(ApusError) {
        let directory = node.parent.raw
        let sourceName = node.name
        let source = OwnedFD(
            adopting: try systemCall("cannot open \(path.text) in a layer below") {
                unsafe withName(sourceName) { unsafe apus_openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0) }
            })
        let file = try createFile(path, name)
        let (from, to) = (source.raw, file.raw)
        try copyFileData(from: from, to: to, size: node.status.st_size, name: "\(path.text) of a layer below")
        count(fileBytes: node.status.st_size)
        try Self.copyMetadata(node.status, from: from, to: to, path)
        try file.close(path.text)
    }

    /// A file or the like of the layers below; nil also where that is a directory.
    func lowerFile(_ path: LayerPath) throws(ApusError) -> LowerLayers.Node? {
        guard let node = try lower.find(path), !node.status.isDirectory else { return nil }
        return node
    }

    /// Owner, mode, attributes and time of one open file to another; the attributes.
    @discardableResult
    static func copyMetadata(_ status: FileStatus, from source: Int32, to target: Int32, _ path: LayerPath) throws(ApusError) -> [ExtendedAttribute] {
        try systemCall("cannot set the owner of \(path.text)") { fchown(target, status.st_uid, status.st_gid) }
        try systemCall("cannot set the mode of \(path.text)") { fchmod(target, status.st_mode & 0o7777) }
        let attributes = try attributes(of: source).filter(\.isKept)
        for attribute in attributes { try setAttribute(attribute, of: target) }
        try setTime(status.modified, in: target)
        return attributes
    }

    private func linkTarget(_ name: [UInt8], in directory: Int32) throws(ApusError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("cannot read the link \(shown(name))") {
            unsafe withName(name) { name in
                unsafe buffer.withUnsafeMutableBytes { room in
                    unsafe readlinkat(directory, name, room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), room.count)
                }
            }
        }
        return Array(buffer[..<count])
    }
}
