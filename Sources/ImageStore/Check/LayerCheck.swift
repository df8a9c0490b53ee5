import Glibc
import LinuxSystem

/// Compares an unpacked layer with its tar, in one pass over it: `LayerWriter` turned round.
///
/// A member that comes again replaces the earlier one, so what was found wrong with a path is forgotten when it comes again. Memory is a few
/// bytes a path.
final class LayerCheck {
    private let root: OwnedFD
    private var stack: DirectoryStack
    private let lower: LowerLayers
    private let comparesContents: Bool
    /// Hashes of the paths of members, and of all paths that the layer must have.
    private var members: Set<Int> = []
    private var expected: Set<Int> = []
    /// What is wrong, by path.
    private var problems: [[UInt8]: String] = [:]
    /// Links that are no second name of their target, by path: no fault where the target came again behind them.
    private var strayLinks: [[UInt8]: Int] = [:]
    private var membersAgain: Set<Int> = []
    /// Deletions that nothing marks, by path, with their directories.
    private var missingWhiteouts: [[UInt8]: LayerPath] = [:]
    private(set) var hidesLower = false

    /// More faults than this say no more.
    private static let problemLimit = 10_000
    private static let separator = UInt8(ascii: "/")

    /// Looks at the layer in a directory.
    ///
    /// - Parameter lower: the layers below, which deletions would be seen in.
    init(directory: String, lower: LowerLayers, comparesContents: Bool) throws(ApusError) {
        self.lower = lower
        self.comparesContents = comparesContents
        root = try openDirectory(directory)
        stack = try DirectoryStack(root: root.duplicate())
    }

    /// Compares one member.
    ///
    /// - Parameter body: the reader that stands at the member's data.
    func compare(_ entry: TarEntry, body: TarReader) throws(ApusError) {
        let path = try LayerPath(entry.path)
        guard let last = path.name else { return note(path, try MemberCheck.difference(entry, status(of: root.raw), root.raw)) }
        for name in path.components.dropLast() where try LayerName(name) != .plain { return }
        switch try LayerName(last) {
        case .auxiliary: return
        case .opaque: try compareOpaque(path.parent)
        case .whiteout(let name): try compareWhiteout(name, in: path.parent)
        case .plain:
            if entry.kind == .characterDevice && entry.deviceMajor == 0 && entry.deviceMinor == 0 { return try compareWhiteout(last, in: path.parent) }
            try compareMember(path, last, entry, body)
        }
    }

    /// Looks for what the tar does not have, and answers all that is wrong: a path and what of it, in order.
    func finish() throws(ApusError) -> [(path: String, text: String)] {
        for (path, target) in strayLinks where !membersAgain.contains(target) { problems[path] = problems[path] ?? "is not the file that it is a link to" }
        // Where nothing is merged no mark is needed, and `LayerWriter` leaves none. Layers below that are damaged themselves tell nothing.
        for (path, directory) in missingWhiteouts where !hidesLower && problems[path] == nil {
            if (try? lower.isMerged(directory, in: root)) != false { problems[path] = "is not marked as deleted" }
        }
        try findStrangers(in: root, below: [])
        return problems.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ("/" + shown($0.key), $0.value) }
    }

    private func compareMember(_ path: LayerPath, _ name: [UInt8], _ entry: TarEntry, _ body: TarReader) throws(ApusError) {
        let key = bytes(path)
        if !members.insert(hash(key)).inserted { membersAgain.insert(hash(key)) }
        expect(path)
        // What it replaced takes along what was below.
        if entry.kind != .directory, !problems.isEmpty { problems = problems.filter { !$0.key.starts(with: key + [Self.separator]) } }
        strayLinks[key] = nil
        missingWhiteouts[key] = nil
        guard let parent = try enter(path.parent), let found = try status(of: name, in: parent) else { return note(path, "is missing") }
        switch entry.kind {
        case .hardLink: note(path, try compareLink(path, found, to: LayerPath(entry.linkTarget)))
        case .symbolicLink where found.kind == S_IFLNK:
            let isSame = try linkTarget(of: name, in: parent) == entry.linkTarget
            note(path, isSame ? try MemberCheck.difference(entry, found, nil) : "leads elsewhere")
        default:
            let needsOpen = !entry.attributes.isEmpty || comparesContents
            guard needsOpen, found.kind == S_IFREG || found.kind == S_IFDIR, MemberCheck.kind(of: entry) == found.kind else {
                return note(path, try MemberCheck.difference(entry, found, nil))
            }
            let file = try MemberCheck.open(name, in: parent)
            var difference = try MemberCheck.difference(entry, found, file.raw)
            if difference == nil, comparesContents, entry.kind == .file { difference = try MemberCheck.contentDifference(entry, body, file.raw) }
            note(path, difference)
        }
    }

    private func compareLink(_ path: LayerPath, _ found: FileStatus, to target: LayerPath) throws(ApusError) -> String? {
        if found.isDirectory || found.isWhiteout { return "is no file" }
        // Copied up where the layer itself has none.
        expect(target)
        let targetHash = hash(bytes(target))
        guard let name = target.name, members.contains(targetHash), let parent = try enter(target.parent) else { return nil }
        guard let other = try status(of: name, in: parent), !other.isWhiteout else { return nil }
        if other.st_ino != found.st_ino { strayLinks[bytes(path)] = targetHash }
        return nil
    }

    private func compareOpaque(_ path: LayerPath) throws(ApusError) {
        if path.components.isEmpty { return hidesLower = true }
        expect(path)
        guard let directory = try enter(path) else { return note(path, "is missing") }
        if try !attributes(of: directory).contains(overlayOpaque) { note(path, "does not hide what the layers below have in it") }
    }

    private func compareWhiteout(_ name: [UInt8], in directory: LayerPath) throws(ApusError) {
        let path = LayerPath(components: directory.components + [name])
        expect(path)
        guard let parent = try enter(directory), let found = try status(of: name, in: parent) else {
            if !lower.isEmpty { missingWhiteouts[bytes(path)] = directory }
            return
        }
        guard found.isDirectory else { return }
        let child = try openChild(name, in: parent)
        if try !attributes(of: child.raw).contains(overlayOpaque) { note(path, "does not hide what the layers below have in it") }
    }

    /// The open directory at a path; nil where it is not there.
    private func enter(_ path: LayerPath) throws(ApusError) -> Int32? {
        do {
            return try stack.enter(path) { _, _, path throws(ApusError) in throw ApusError(.notFound, path.text) }
        } catch  where error.code == .notFound {
            return nil
        }
    }

    /// A path that is in the layer with all above it.
    private func expect(_ path: LayerPath) {
        for count in stride(from: path.components.count, to: 0, by: -1) {
            if !expected.insert(hash(bytes(LayerPath(components: Array(path.components.prefix(count)))))).inserted { return }
        }
    }

    private func note(_ path: LayerPath, _ difference: String?) {
        let key = bytes(path)
        problems[key] = nil
        if let difference, problems.count < Self.problemLimit { problems[key] = difference }
    }

    private func findStrangers(in directory: borrowing OwnedFD, below path: [UInt8]) throws(ApusError) {
        for name in try rawDirectoryEntries(directory, name: shown(path)) {
            let own = path + (path.isEmpty ? [] : [Self.separator]) + name.dropLast()
            guard expected.contains(hash(own)) else {
                if problems.count < Self.problemLimit { problems[own] = "is not in the blob" }
                continue
            }
            guard let found = try status(of: name.dropLast(), in: directory.raw), found.isDirectory else { continue }
            try findStrangers(in: openChild(name.dropLast(), in: directory.raw), below: own)
        }
    }

    private func bytes(_ path: LayerPath) -> [UInt8] { Array(path.components.joined(separator: [Self.separator])) }

    private func hash(_ path: [UInt8]) -> Int {
        var hasher = Hasher()
        unsafe path.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
