import CShim
import Glibc
import LinuxSystem

/// Unpacks a tar over what is in a directory, as `cp` and `tar` do: files are replaced, directories are merged.
///
/// Every name is made in an open directory that was reached without following a link, so nothing lands outside, whatever the archive or
/// somebody who works in the directory at the same time does.
final class TreeUnpacker {
    private let root: OwnedFD
    /// Who owns everything; nil for whom the archive names.
    private let owner: TreeOwner?
    /// The directories' own times, set in the end because making names in them changes those.
    private var times: [(path: LayerPath, time: Timestamp)] = []
    private var defaultACLs = DefaultACLs()
    private var parent: (path: LayerPath, directory: OpenDirectory)?

    /// A descriptor that a tuple can hold.
    private final class OpenDirectory {
        let fd: OwnedFD
        init(_ fd: consuming OwnedFD) { self.fd = fd }
    }

    init(root: consuming OwnedFD, owner: TreeOwner?) {
        self.root = root
        self.owner = owner
    }

    /// Makes one member.
    ///
    /// - Parameter body: the reader that stands at the member's data.
    func apply(_ entry: TarEntry, _ body: TarReader) throws(ApusError) {
        let path = try LayerPath(entry.path)
        // The directory itself is the user's.
        guard let name = path.name else { return }
        let directory = try enter(path.parent)
        let found = try status(of: name, in: directory)
        switch (entry.kind == .directory, found?.isDirectory) {
        case (true, false?): throw ApusError(.conflict, "cannot overwrite non-directory \(path.text) with directory")
        case (false, true?): throw ApusError(.conflict, "cannot overwrite directory \(path.text) with non-directory")
        case (true, _): try makeDirectory(path, name, in: directory, entry, isThere: found != nil)
        case (false, _): try replace(path, name, in: directory, entry, body, isThere: found != nil)
        }
    }

    /// Sets the directories' times.
    func finish() throws(ApusError) {
        for (path, time) in times.reversed() { try setTime(time, in: enter(path)) }
    }

    /// The open directory at a path; missing ones are made.
    private func enter(_ path: LayerPath) throws(ApusError) -> Int32 {
        if let parent, parent.path == path { return parent.directory.fd.raw }
        var current = try root.duplicate()
        for name in path.components {
            let raw = current.raw
            do {
                current = try openChild(name, in: raw)
            } catch  where error.errno == ENOENT {
                try systemCall("cannot make directory \(path.text)") { unsafe withName(name) { unsafe mkdirat(raw, $0, 0o755) } }
                try defaultACLs.dropInherited(by: name, in: raw)
                current = try openChild(name, in: raw)
                try systemCall("cannot set the mode of \(path.text)") { [raw = current.raw] in fchmod(raw, 0o755) }
            } catch  where error.errno == ELOOP || error.errno == ENOTDIR {
                throw ApusError(.conflict, "\(path.text) leads through \(shown(name)), which is no directory")
            }
        }
        let opened = OpenDirectory(current)
        parent = (path, opened)
        return opened.fd.raw
    }

    private func makeDirectory(_ path: LayerPath, _ name: [UInt8], in directory: Int32, _ entry: TarEntry, isThere: Bool) throws(ApusError) {
        if !isThere {
            try systemCall("cannot make directory \(path.text)") { unsafe withName(name) { unsafe mkdirat(directory, $0, 0o700) } }
            try defaultACLs.dropInherited(by: name, in: directory)
        }
        defaultACLs.note(entry.attributes)
        let fd = try openChild(name, in: directory)
        try setLook(entry, of: fd.raw, path)
        times.append((path, entry.modified))
    }

    private func replace(
        _ path: LayerPath, _ name: [UInt8], in directory: Int32, _ entry: TarEntry, _ body: TarReader, isThere: Bool
    ) throws(ApusError) {
        if isThere {
            do {
                try unlinkName(name, in: directory)
            } catch  where error.errno == EBUSY && entry.kind == .file {
                // Something is mounted there, as on /etc/hosts: it keeps its place and its look, and gets the content.
                let file = try openPlain(path, name, in: directory, O_WRONLY | O_TRUNC | O_NONBLOCK)
                return try fill(file.raw, entry, body, path)
            }
        }
        switch entry.kind {
        case .file:
            let file = try openPlain(path, name, in: directory, O_WRONLY | O_CREAT | O_EXCL)
            try defaultACLs.dropInherited(by: name, in: directory)
            try fill(file.raw, entry, body, path)
            try setLook(entry, of: file.raw, path)
            try setTime(entry.modified, in: file.raw)
            try file.close(path.text)
        case .hardLink: try link(path, name, in: directory, to: try LayerPath(entry.linkTarget))
        default: try makeNode(path, name, in: directory, entry)
        }
    }

    private func openPlain(_ path: LayerPath, _ name: [UInt8], in directory: Int32, _ flags: Int32) throws(ApusError) -> OwnedFD {
        OwnedFD(
            adopting: try systemCall("cannot make \(path.text)") {
                unsafe withName(name) { unsafe apus_openat(directory, $0, flags | O_NOFOLLOW | O_CLOEXEC, 0o600) }
            })
    }

    private func fill(_ file: Int32, _ entry: TarEntry, _ body: TarReader, _ path: LayerPath) throws(ApusError) {
        for run in entry.dataRuns ?? [SparseRun(offset: 0, length: entry.size)] {
            try systemCall("cannot seek in \(path.text)") { lseek(file, run.offset, SEEK_SET) }
            var left = run.length
            while left > 0 {
                let piece = try unsafe body.body(upTo: left)
                if unsafe piece.isEmpty { throw ApusError(.malformed, "the data of \(path.text) ends early") }
                try unsafe writeWhole(file, piece, name: path.text)
                left -= piece.count
            }
        }
        try systemCall("cannot set the length of \(path.text)") { ftruncate(file, entry.size) }
    }

    private func makeNode(_ path: LayerPath, _ name: [UInt8], in directory: Int32, _ entry: TarEntry) throws(ApusError) {
        let type: mode_t =
            switch entry.kind {
            case .fifo: S_IFIFO
            case .blockDevice: S_IFBLK
            default: S_IFCHR
            }
        let isLink = entry.kind == .symbolicLink
        try systemCall("cannot make \(path.text)") {
            unsafe withName(name) { name in
                if isLink { return unsafe withName(entry.linkTarget) { unsafe symlinkat($0, directory, name) } }
                return unsafe apus_mknodat(directory, name, type | 0o600, entry.deviceMajor, entry.deviceMinor)
            }
        }
        try defaultACLs.dropInherited(by: name, in: directory)
        let (uid, gid) = owner.map { ($0.user, $0.group) } ?? (entry.owner, entry.group)
        try systemCall("cannot set the owner of \(path.text)") {
            unsafe withName(name) { unsafe fchownat(directory, $0, uid, gid, AT_SYMLINK_NOFOLLOW) }
        }
        if !isLink {
            // By the node itself, opened as a mere place: a link that takes its place meanwhile is not followed.
            let node = OwnedFD(
                adopting: try systemCall("cannot open \(path.text)") {
                    unsafe withName(name) { unsafe apus_openat(directory, $0, openPathOnly | O_NOFOLLOW | O_CLOEXEC, 0) }
                })
            try systemCall("cannot set the mode of \(path.text)") { [raw = node.raw, mode = mode(entry)] in unsafe chmod("/proc/self/fd/\(raw)", mode) }
        }
        try setTime(entry.modified, of: name, in: directory)
    }

    private func link(_ path: LayerPath, _ name: [UInt8], in directory: Int32, to target: LayerPath) throws(ApusError) {
        guard let targetName = target.name else { throw ApusError(.malformed, "the hard link \(path.text) leads to the directory itself") }
        // `enter` keeps one directory open only.
        let own = OwnedFD(adopting: try systemCall("cannot duplicate a descriptor") { apus_fcntl(directory, F_DUPFD_CLOEXEC, 3) })
        let there = try enter(target.parent)
        try systemCall("cannot link \(path.text) to \(target.text)") { [raw = own.raw] in
            unsafe withName(targetName) { target in unsafe withName(name) { unsafe linkat(there, target, raw, $0, 0) } }
        }
    }

    private func setLook(_ entry: TarEntry, of fd: Int32, _ path: LayerPath) throws(ApusError) {
        let (uid, gid) = owner.map { ($0.user, $0.group) } ?? (entry.owner, entry.group)
        try systemCall("cannot set the owner of \(path.text)") { fchown(fd, uid, gid) }
        // After chown(2), which drops setuid and setgid.
        try systemCall("cannot set the mode of \(path.text)") { fchmod(fd, mode(entry)) }
        for attribute in entry.attributes where attribute.isKept && (keepsRights(entry) || !attribute.name.starts(with: "security.".utf8)) {
            do {
                try setAttribute(attribute, of: fd)
            } catch  where error.errno == EOPNOTSUPP {
                continue  // a file system without them, such as an older tmpfs
            }
        }
    }

    /// Whether the owner stays who it is: what somebody else's file may do must not become what root's may do.
    private func keepsRights(_ entry: TarEntry) -> Bool { owner.map { $0.user == entry.owner && $0.group == entry.group } ?? true }

    private func mode(_ entry: TarEntry) -> mode_t {
        entry.kind == .directory || keepsRights(entry) ? entry.mode & 0o7777 : entry.mode & 0o1777
    }
}
