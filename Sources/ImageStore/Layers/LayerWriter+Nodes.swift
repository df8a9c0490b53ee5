import CShim
import Glibc
import LinuxSystem

/// Everything that is no directory.
extension LayerWriter {
    func makeFile(_ path: LayerPath, _ name: [UInt8], _ entry: TarEntry, _ body: TarReader) throws(ApusError) {
        let file = try createFile(path, name)
        if let runs = entry.dataRuns {
            for run in runs {
                try systemCall("cannot seek in \(path.text)") { [raw = file.raw] in lseek(raw, run.offset, SEEK_SET) }
                try copyBody(body, count: run.length, to: file.raw, path)
            }
            try systemCall("cannot set the length of \(path.text)") { [raw = file.raw] in ftruncate(raw, entry.size) }
        } else {
            try copyBody(body, count: entry.size, to: file.raw, path)
        }
        count(fileBytes: entry.size)
        try setOwnership(entry, file.raw, path)
        // After chown(2) and write(2), which drop capabilities.
        for attribute in entry.attributes where attribute.isKept { try setAttribute(attribute, of: file.raw) }
        try setTime(entry.modified, in: file.raw)
        try file.close(path.text)
    }

    func makeSymbolicLink(_ path: LayerPath, _ name: [UInt8], _ entry: TarEntry) throws(ApusError) {
        let parent = try enterParent(path)
        _ = try unsafe create(path, name, in: parent) { name in
            unsafe withName(entry.linkTarget) { unsafe symlinkat($0, parent, name) }
        }
        try setOwner(path, name, in: parent, entry.owner, entry.group)
        try setTime(entry.modified, of: name, in: parent)
    }

    /// FIFOs and devices.
    ///
    /// They take no user attributes, so none are set.
    func makeNode(_ path: LayerPath, _ name: [UInt8], _ entry: TarEntry) throws(ApusError) {
        let type: mode_t =
            switch entry.kind {
            case .fifo: S_IFIFO
            case .blockDevice: S_IFBLK
            default: S_IFCHR
            }
        let parent = try enterParent(path)
        _ = try unsafe create(path, name, in: parent) { unsafe apus_mknodat(parent, $0, type | 0o600, entry.deviceMajor, entry.deviceMinor) }
        try defaultACLs.dropInherited(by: name, in: parent)
        try setOwner(path, name, in: parent, entry.owner, entry.group)
        try setMode(path, name, in: parent, entry.mode)
        try setTime(entry.modified, of: name, in: parent)
    }

    func makeHardLink(_ path: LayerPath, _ name: [UInt8], target: LayerPath) throws(ApusError) {
        guard let targetName = target.name, try LayerName(targetName) == .plain else {
            throw ApusError(.malformed, "the hard link's target \(target.text) is no file")
        }
        // Below itself: the link would replace the directory that its target is in.
        if target.components.starts(with: path.components) { throw ApusError(.malformed, "the hard link leads to itself") }
        let found = try findLinkTarget(target, targetName)
        if let found, !found.status.isWhiteout {
            if found.status.isDirectory { throw ApusError(.malformed, "the hard link's target \(target.text) is a directory") }
            return try link(path, name, to: targetName, in: found.directory)
        }
        // A file of a layer below: it is copied up, as overlayfs itself would do.
        guard let node = try lowerFile(target) else {
            throw ApusError(.malformed, "the hard link's target \(target.text) is not there")
        }
        if found != nil { return try copyUp(node, to: path, name) }
        try copyUp(node, to: target, targetName)
        guard let copied = try findLinkTarget(target, targetName) else { throw ApusError(.system, "the copy of \(target.text) is gone") }
        try link(path, name, to: targetName, in: copied.directory)
    }

    private func link(_ path: LayerPath, _ name: [UInt8], to target: [UInt8], in directory: Int32) throws(ApusError) {
        let parent = try enterParent(path)
        _ = try unsafe create(path, name, in: parent) { name in
            unsafe withName(target) { unsafe linkat(directory, $0, parent, name, 0) }
        }
    }

    func createFile(_ path: LayerPath, _ name: [UInt8]) throws(ApusError) -> OwnedFD {
        let parent = try enterParent(path)
        let file = OwnedFD(
            adopting: try unsafe create(path, name, in: parent) {
                unsafe apus_openat(parent, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            })
        try defaultACLs.dropInherited(by: name, in: parent)
        return file
    }

    private func copyBody(_ body: TarReader, count: Int, to file: Int32, _ path: LayerPath) throws(ApusError) {
        var left = count
        while left > 0 {
            let piece = try unsafe body.body(upTo: left)
            if unsafe piece.isEmpty { throw ApusError(.malformed, "its data ends early") }
            try unsafe writeWhole(file, piece, name: path.text)
            left -= piece.count
        }
    }

    func setOwnership(_ entry: TarEntry, _ fd: Int32, _ path: LayerPath) throws(ApusError) {
        try systemCall("cannot set the owner of \(path.text)") { fchown(fd, entry.owner, entry.group) }
        // After chown(2), which drops setuid and setgid.
        try systemCall("cannot set the mode of \(path.text)") { fchmod(fd, entry.mode) }
    }

    func setOwner(_ path: LayerPath, _ name: [UInt8], in parent: Int32, _ owner: uid_t, _ group: gid_t) throws(ApusError) {
        try systemCall("cannot set the owner of \(path.text)") { unsafe withName(name) { unsafe fchownat(parent, $0, owner, group, AT_SYMLINK_NOFOLLOW) } }
    }

    /// For what was just made and is no link: fchmodat(2) would follow one.
    func setMode(_ path: LayerPath, _ name: [UInt8], in parent: Int32, _ mode: mode_t) throws(ApusError) {
        try systemCall("cannot set the mode of \(path.text)") { unsafe withName(name) { unsafe fchmodat(parent, $0, mode & 0o7777, 0) } }
    }
}

extension ExtendedAttribute {
    /// Whether an image may bring this attribute.
    ///
    /// `user.*`, capabilities and access lists belong to the file. What overlayfs reads (`trusted.overlay.*`, `user.overlay.*`)
    /// would let an archive redirect directories, and labels of security modules are the host's.
    var isKept: Bool {
        // By bytes: two texts may be equal that the kernel tells apart.
        name.starts(with: "user.".utf8) && !name.starts(with: "user.overlay.".utf8)
            || ["security.capability", "system.posix_acl_access", "system.posix_acl_default"].contains { name.elementsEqual($0.utf8) }
    }
}
