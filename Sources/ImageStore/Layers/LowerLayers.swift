import Glibc
import LinuxSystem

/// The layers below one that is being unpacked, as one would see them merged.
///
/// They may still be in the making: who asks for something in them waits until they are there.
final class LowerLayers {
    /// Whether there are none.
    let isEmpty: Bool
    private let resolve: () throws(ApusError) -> [String]
    private var resolved: [String]?

    /// The layers of these directories, from the top down.
    init(directories: [String]) {
        isEmpty = directories.isEmpty
        resolve = { directories }
    }

    /// At least one layer, in directories that `resolve` waits for and lists from the top down; it is called when first needed.
    init(waiting resolve: @escaping () throws(ApusError) -> [String]) {
        isEmpty = false
        self.resolve = resolve
    }

    private func directories() throws(ApusError) -> [String] {
        if let resolved { return resolved }
        let directories = try resolve()
        resolved = directories
        return directories
    }

    /// Something found in a layer below.
    struct Node: ~Copyable {
        /// The directory it is in; its own layer's root for the root.
        let parent: OwnedFD
        /// Its name there; `.` for the root.
        let name: [UInt8]
        let status: FileStatus
    }

    /// What is at `path`; nil where nothing is, or where a layer above deleted it.
    ///
    /// Links on the way are not followed.
    func find(_ path: LayerPath) throws(ApusError) -> Node? {
        for directory in try directories() {
            switch try look(for: path, in: openDirectory(directory)) {
            case .found(let parent, let name, let status): return Node(parent: parent, name: name, status: status)
            case .hidden: return nil
            case .absent: continue
            }
        }
        return nil
    }

    private enum Answer: ~Copyable {
        case found(parent: OwnedFD, name: [UInt8], status: FileStatus)
        /// This layer hides what the ones below have.
        case hidden
        case absent
    }

    private func look(for path: LayerPath, in root: consuming OwnedFD) throws(ApusError) -> Answer {
        guard let last = path.name else {
            let rootStatus = try status(of: root.raw)
            return .found(parent: root, name: Array(".".utf8), status: rootStatus)
        }
        var current = root
        var opaque = false
        for name in path.components.dropLast() {
            guard let found = try status(of: name, in: current.raw) else { return opaque ? .hidden : .absent }
            guard found.isDirectory else { return .hidden }
            current = try openChild(name, in: current.raw)
            if try isOpaque(current.raw) { opaque = true }
        }
        guard let found = try status(of: last, in: current.raw) else { return opaque ? .hidden : .absent }
        if found.isWhiteout { return .hidden }
        return .found(parent: current, name: last, status: found)
    }

    private func isOpaque(_ fd: Int32) throws(ApusError) -> Bool { try attributes(of: fd).contains(overlayOpaque) }
}

/// The mark of overlayfs for a directory that hides what the layers below have in it.
let overlayOpaque = ExtendedAttribute(name: Array("trusted.overlay.opaque".utf8), value: Array("y".utf8))
