import CShim
import Glibc
import LinuxSystem

/// Unpacks one layer into a directory in the form that overlayfs stacks (image-spec, layer.md; kernel, overlayfs.rst).
///
/// - Whiteouts become character devices 0:0, opaque directories get `trusted.overlay.opaque`. Both mean the layers below
///   only, so they never remove what the same layer brings, in whatever order its members come.
/// - A member may come again: the later one counts, as with tar.
/// - A directory that is only named on the way to a member looks as in the layers below.
/// - Every call is made in an open directory on one name without following links: nothing can be made outside.
final class LayerWriter {
    private var stack: DirectoryStack
    let root: OwnedFD
    /// The way to the targets of hard links; it makes nothing.
    private var linkStack: DirectoryStack
    let lower: LowerLayers
    /// The bytes of all files, the size that listings show.
    private(set) var fileBytes = 0
    /// The latest time of a member.
    private(set) var newest: Timestamp?
    /// Whether the layer hides all layers below: overlayfs does not honour the mark on a root, so the stack must end here.
    private(set) var hidesLower = false
    /// The directories that whiteouts were made in, as far as they were not looked at again.
    var whiteoutParents: [LayerPath] = []

    /// What default access lists do to what is made below them.
    private(set) var defaultACLs = DefaultACLs()
    /// Whether a member described the root.
    private var describesRoot = false

    /// Takes an empty directory.
    init(directory: String, lower: LowerLayers) throws(ApusError) {
        self.lower = lower
        let root = try openDirectory(directory)
        linkStack = try DirectoryStack(root: try root.duplicate())
        stack = try DirectoryStack(root: try root.duplicate())
        self.root = root
    }

    /// Makes one member.
    ///
    /// - Parameter body: the reader that stands at the member's data.
    func apply(_ entry: TarEntry, body: TarReader) throws(ApusError) {
        let path = try LayerPath(entry.path)
        newest = max(newest ?? entry.modified, entry.modified)
        guard let last = path.name else {
            guard entry.kind == .directory else { throw ApusError(.malformed, "the root must be a directory") }
            describesRoot = true
            return try makeDirectory(path, entry)
        }
        for name in path.components.dropLast() {
            switch try LayerName(name) {
            case .plain: continue
            case .auxiliary: return
            case .whiteout, .opaque: throw ApusError(.malformed, "it lies below a whiteout")
            }
        }
        switch try LayerName(last) {
        case .auxiliary: return
        case .opaque: try hideLower(path.parent)
        case .whiteout(let name): try whiteOut(name, in: path.parent)
        case .plain: try make(path, last, entry, body)
        }
    }

    /// Sets the last times, and of a root that no member described the look that it has below.
    ///
    /// The layer is complete after it.
    func finish() throws(ApusError) {
        if !describesRoot {
            let root = LayerPath(components: [])
            let fd = try enter(root)
            try copyLook(of: root, to: fd)
            stack.setFinalTime(try status(of: fd).modified)
        }
        try dropIdleWhiteouts()
        try stack.finish()
    }

    private func make(_ path: LayerPath, _ name: [UInt8], _ entry: TarEntry, _ body: TarReader) throws(ApusError) {
        switch entry.kind {
        case .directory: try makeDirectory(path, entry)
        case .file: try makeFile(path, name, entry, body)
        case .symbolicLink: try makeSymbolicLink(path, name, entry)
        case .hardLink: try makeHardLink(path, name, target: try LayerPath(entry.linkTarget))
        case .characterDevice where entry.deviceMajor == 0 && entry.deviceMinor == 0: try whiteOut(name, in: path.parent)
        case .characterDevice, .blockDevice, .fifo: try makeNode(path, name, entry)
        }
    }

    /// The open parent of `path`, with the missing directories made.
    func enterParent(_ path: LayerPath) throws(ApusError) -> Int32 {
        try enter(path.parent)
    }

    func enter(_ path: LayerPath) throws(ApusError) -> Int32 {
        try stack.enter(path) { name, parent, path throws(ApusError) in
            try makeImpliedDirectory(name, in: parent, path)
        }
    }

    /// The open directory that holds a hard link's target, and the target's status; nil where this layer has no such member.
    func findLinkTarget(_ target: LayerPath, _ name: [UInt8]) throws(ApusError) -> (directory: Int32, status: FileStatus)? {
        do {
            let directory = try linkStack.enter(target.parent) { name, parent, path throws(ApusError) in
                let found = try status(of: name, in: parent)
                if let found, !found.isWhiteout { throw ApusError(.malformed, "\(path.text) is \(found.isDirectory ? "a" : "no") directory") }
                throw ApusError(.notFound, "the link's target \(target.text) is not there")
            }
            return try status(of: name, in: directory).map { (directory, $0) }
        } catch  where error.code == .notFound {
            return nil
        }
    }

    /// Makes a name that must not exist yet by `body`, which answers -1 and sets errno; what is there already is replaced.
    func create(_ path: LayerPath, _ name: [UInt8], in parent: Int32, _ body: (UnsafePointer<CChar>) -> Int32) throws(ApusError) -> Int32 {
        stack.markChanged()
        let message = "cannot make \(path.text)"
        do {
            return try systemCall(message) { unsafe withName(name, body) }
        } catch  where error.errno == EEXIST {
            try stack.forget(path)
            try linkStack.forget(path)
            try removeName(name, in: parent)
            return try systemCall(message) { unsafe withName(name, body) }
        }
    }

    /// Lets everything below be hidden at the root, where the mark of overlayfs is not honoured.
    func hideLowerAtRoot() { hidesLower = true }

    /// Notes that a name was made or removed in the directory entered last.
    func markChanged() { stack.markChanged() }

    func count(fileBytes: Int) { self.fileBytes = self.fileBytes.addingSaturated(fileBytes) }

    // MARK: Directories

    private func makeDirectory(_ path: LayerPath, _ entry: TarEntry) throws(ApusError) {
        if let name = path.name {
            let parent = try enterParent(path)
            // What is a file here is replaced, unlike on the way to a member.
            if let found = try status(of: name, in: parent), !found.isDirectory, !found.isWhiteout { try unlinkName(name, in: parent) }
        }
        let fd = try enter(path)
        try setOwnership(entry, fd, path)
        defaultACLs.note(entry.attributes)
        for attribute in entry.attributes where attribute.isKept { try setAttribute(attribute, of: fd) }
        stack.setFinalTime(entry.modified)
    }

    /// Makes a directory that no member described yet, with the look that it has below.
    private func makeImpliedDirectory(_ name: [UInt8], in parent: Int32, _ path: LayerPath) throws(ApusError) {
        let found = try status(of: name, in: parent)
        if let found, !found.isWhiteout {
            throw ApusError(.malformed, "\(path.text) is \(found.kind == S_IFLNK ? "a symbolic link" : "no directory")")
        }
        if found != nil { try unlinkName(name, in: parent) }
        try systemCall("cannot make directory \(path.text)") { unsafe withName(name) { unsafe mkdirat(parent, $0, 0o755) } }
        try defaultACLs.dropInherited(by: name, in: parent)
        let fd = try openChild(name, in: parent)
        if found != nil {
            // The whiteout came first: the layers below stay hidden.
            try systemCall("cannot set the mode of \(path.text)") { [raw = fd.raw] in fchmod(raw, 0o755) }
            try setAttribute(overlayOpaque, of: fd.raw)
            try setTime(Timestamp(seconds: 0), in: fd.raw)
        } else {
            try copyLook(of: path, to: fd.raw)
        }
    }

    /// Gives an open directory owner, mode, attributes and time of the one at `path` below; mode 0755 and time 0 where there is none.
    private func copyLook(of path: LayerPath, to fd: Int32) throws(ApusError) {
        guard let node = try lower.find(path), node.status.isDirectory else {
            // A directory with setgid would give it its group.
            try systemCall("cannot set the owner of \(path.text)") { fchown(fd, 0, 0) }
            try systemCall("cannot set the mode of \(path.text)") { fchmod(fd, 0o755) }
            return try setTime(Timestamp(seconds: 0), in: fd)
        }
        let source = try openChild(node.name, in: node.parent.raw)
        defaultACLs.note(try Self.copyMetadata(node.status, from: source.raw, to: fd, path))
    }
}
