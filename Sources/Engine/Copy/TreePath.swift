import CShim
import Glibc
import ImageStore
import LinuxSystem

/// A path in a tree that is not trusted, as `cp` takes it: a slash at its end wants a directory, `/.` its contents.
///
/// It is resolved once, link by link inside the tree; what follows works on the open directories that came out of it. So a link that changes
/// meanwhile changes nothing (CVE-2018-15664).
struct TreePath {
    let text: String
    private static let linkLimit = 40

    init(_ text: String) { self.text = text.isEmpty ? "." : text }

    private var components: [Substring] { text.split(separator: "/") }
    /// Whether it stands for a directory by its look alone.
    var isDirectoryForm: Bool { text.hasSuffix("/") || components.last == "." || components.last == ".." || components.isEmpty }
    private var isContents: Bool { components.last == "." || components.isEmpty }
    private var name: String? { components.last { $0 != "." }.map(String.init) }
    private var parent: TreePath {
        let above = components.dropLast().joined(separator: "/")
        return TreePath(text.hasPrefix("/") ? "/\(above)" : above)
    }

    /// Where a link in this path's directory leads.
    private func following(_ target: String) -> TreePath { TreePath(target.hasPrefix("/") ? target : "\(parent.text)/\(target)") }

    /// What is copied from there.
    struct Source: ~Copyable {
        /// The directory that it is in, or it itself.
        let directory: OwnedFD
        /// Its name there; nil where it is the directory itself.
        let name: [UInt8]?
        /// What it is called; nil for the contents of the directory.
        let base: [UInt8]?
        var isDirectory: Bool { name == nil }
    }

    /// Looks a source up.
    ///
    /// - Parameter followsLink: whether a link at the end stands for what it leads to.
    func source(in tree: borrowing Tree, followsLink: Bool) throws(ApusError) -> Source {
        var path = self
        for _ in 0..<Self.linkLimit {
            let base = name == ".." ? nil : name.map { Array($0.utf8) }
            if path.isDirectoryForm { return Source(directory: try tree.directory(path.text), name: nil, base: isContents ? nil : base) }
            let parent = try tree.directory(path.parent.text)
            let last = path.name ?? ""
            guard let kind = try Tree.kind(of: last, in: parent) else { throw tree.missing(text) }
            switch kind {
            case S_IFDIR: return Source(directory: try Tree.child(last, in: parent), name: nil, base: base)
            case S_IFLNK where followsLink: path = path.following(try readLink(last, at: parent.raw))
            default: return Source(directory: parent, name: Array(last.utf8), base: base)
            }
        }
        throw ApusError(errno: ELOOP, "cannot open \(text)")
    }

    /// Where something is copied to.
    struct Destination: ~Copyable {
        /// The directory that it goes into.
        let directory: OwnedFD
        /// What it is called there; nil where the directory is the destination itself.
        let name: [UInt8]?
        /// Whether there is a file of this name.
        let isThere: Bool
        /// Whether the user wrote it as a directory.
        let isDirectoryForm: Bool
    }

    /// Looks a destination up; a link at the end stands for what it leads to, there or not.
    func destination(in tree: borrowing Tree) throws(ApusError) -> Destination {
        var path = self
        for _ in 0..<Self.linkLimit {
            if path.isDirectoryForm {
                do {
                    return Destination(directory: try tree.directory(path.text), name: nil, isThere: true, isDirectoryForm: true)
                } catch  where error.code == .notFound {
                    guard path.text.hasSuffix("/"), let last = path.name else { throw error }
                    // `dir/` may be about to be made.
                    let above = TreePath(String(path.text.reversed().drop { $0 == "/" }.reversed())).parent
                    return Destination(directory: try tree.directory(above.text), name: Array(last.utf8), isThere: false, isDirectoryForm: true)
                }
            }
            let parent = try tree.directory(path.parent.text)
            let last = path.name ?? ""
            switch try Tree.kind(of: last, in: parent) {
            case nil: return Destination(directory: parent, name: Array(last.utf8), isThere: false, isDirectoryForm: isDirectoryForm)
            case S_IFDIR: return Destination(directory: try Tree.child(last, in: parent), name: nil, isThere: true, isDirectoryForm: isDirectoryForm)
            case S_IFLNK: path = path.following(try readLink(last, at: parent.raw))
            default: return Destination(directory: parent, name: Array(last.utf8), isThere: true, isDirectoryForm: isDirectoryForm)
            }
        }
        throw ApusError(errno: ELOOP, "cannot open \(text)")
    }
}

/// The tree that a path is resolved in: a container's, out of which no link leads, or the host's.
struct Tree: ~Copyable {
    let root: OwnedFD
    /// What users call it: `container web`, or nothing for the host.
    let title: String?

    /// An open directory; links on the way stay inside.
    borrowing func directory(_ path: String) throws(ApusError) -> OwnedFD {
        do {
            let found = try openInRoot(root, path, O_RDONLY | O_DIRECTORY, resolve: title == nil ? [.inRoot] : [.inRoot, .noMagicLinks])
            try refuseKernelFiles(found, path)
            return found
        } catch  where error.code == .notSupported {
            throw error
        } catch {
            if error.errno == ENOENT { throw missing(path) }
            throw ApusError(error.code, "cannot open \(shownPath(path))", errno: error.errno)
        }
    }

    /// What the kernel makes up in a container is no file of it: lengths are zero, and names vanish while they are read.
    private borrowing func refuseKernelFiles(_ found: borrowing OwnedFD, _ path: String) throws(ApusError) {
        guard title != nil, Self.kernelFileSystems.contains(apus_file_system(found.raw)) else { return }
        throw ApusError(.notSupported, "cannot copy \(shownPath(path)): these are no files but the kernel's")
    }

    /// proc, sysfs, cgroup and cgroup2 (linux/magic.h).
    private static let kernelFileSystems: Set<UInt> = [0x9fa0, 0x6265_6572, 0x27_e0eb, 0x6367_7270]

    borrowing func missing(_ path: String) -> ApusError { ApusError(.notFound, "cannot open \(shownPath(path))", errno: ENOENT) }

    private borrowing func shownPath(_ path: String) -> String { title.map { "\(path) in \($0)" } ?? path }

    /// The kind of a name in an open directory; nil where there is none.
    static func kind(of name: String, in directory: borrowing OwnedFD) throws(ApusError) -> mode_t? {
        var status = stat()
        if unsafe fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status.st_mode & S_IFMT }
        let number = errno
        if number == ENOENT { return nil }
        throw ApusError(errno: number, "cannot look at \(name)")
    }

    static func child(_ name: String, in directory: borrowing OwnedFD) throws(ApusError) -> OwnedFD {
        try openFile(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: directory.raw)
    }
}
