import Glibc
import LinuxSystem

/// The open directories on the way to the present path of an unpacking.
///
/// Archives list members by directory, so the next parent is mostly the same or a near one: nothing is opened twice in a row.
/// Each directory is opened by its one name in the one above without following links, so no path can leave the layer,
/// whatever earlier members put in its way. When a directory leaves the stack its time is set to what it should be, since
/// making names in it changed that; so no list of times grows with the archive. The deepest `openLimit` are held open.
struct DirectoryStack: ~Copyable {
    /// One directory on the way.
    private struct Level {
        let name: [UInt8]
        /// -1 while closed because the stack is too deep.
        var fd: Int32
        /// The time that it must have in the end.
        var time: Timestamp
        /// Whether names were made in it since it was opened.
        var changed = false
    }

    private static let openLimit = 64
    private let root: OwnedFD
    private var rootTime: Timestamp
    private var rootChanged = false
    private var levels: [Level] = []

    init(root: consuming OwnedFD) throws(ApusError) {
        rootTime = try status(of: root.raw).modified
        self.root = root
    }

    deinit {
        for level in levels where level.fd >= 0 { close(level.fd) }
    }

    /// What to do where a directory on the way is missing or is something else; makes it or throws.
    typealias MakeDirectory = (_ name: [UInt8], _ parent: Int32, _ path: LayerPath) throws(ApusError) -> Void

    /// The descriptor of the directory at `path`, which stays valid until the next call.
    ///
    /// - Parameter make: called where a directory on the way cannot be opened.
    mutating func enter(_ path: LayerPath, make: MakeDirectory) throws(ApusError) -> Int32 {
        var depth = zip(levels, path.components).prefix { $0.name == $1 }.count
        try leave(toDepth: depth)
        if let last = levels.last, last.fd < 0 {
            // Deeper than what is held open: walk again from the root.
            levels = []
            depth = 0
        }
        for name in path.components[depth...] {
            let parent = current
            let fd: OwnedFD
            do {
                fd = try openChild(name, in: parent)
            } catch  where error.errno == ENOENT || error.errno == ENOTDIR || error.errno == ELOOP {
                try make(name, parent, LayerPath(components: levels.map(\.name) + [name]))
                markChanged()
                fd = try openChild(name, in: parent)
            }
            let time = try status(of: fd.raw).modified
            levels.append(Level(name: name, fd: fd.take(), time: time))
            if levels.count > Self.openLimit { try closeLevel(levels.count - 1 - Self.openLimit) }
        }
        return current
    }

    private var current: Int32 { levels.last?.fd ?? root.raw }

    /// Notes that a name was made in the directory entered last.
    mutating func markChanged() {
        if levels.isEmpty { rootChanged = true } else { levels[levels.count - 1].changed = true }
    }

    /// Sets the time that the directory entered last must have in the end.
    mutating func setFinalTime(_ time: Timestamp) {
        markChanged()
        if levels.isEmpty { rootTime = time } else { levels[levels.count - 1].time = time }
    }

    /// Forgets a directory that is about to be replaced, with all below it.
    mutating func forget(_ path: LayerPath) throws(ApusError) {
        let depth = path.components.count
        if depth > 0, levels.count >= depth, zip(levels, path.components).allSatisfy({ $0.name == $1 }) { try leave(toDepth: depth - 1) }
    }

    /// Leaves every directory; the root's time is set last.
    mutating func finish() throws(ApusError) {
        try leave(toDepth: 0)
        if rootChanged { try setTime(rootTime, in: root.raw) }
        rootChanged = false
    }

    private mutating func leave(toDepth depth: Int) throws(ApusError) {
        while levels.count > depth {
            try closeLevel(levels.count - 1)
            levels.removeLast()
        }
    }

    private mutating func closeLevel(_ index: Int) throws(ApusError) {
        let level = levels[index]
        guard level.fd >= 0 else { return }
        levels[index].fd = -1
        defer { close(level.fd) }
        if level.changed { try setTime(level.time, in: level.fd) }
    }
}
