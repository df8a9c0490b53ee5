import CShim
import Glibc
import LinuxSystem

/// What the layer takes away from those below.
extension LayerWriter {
    /// The most directories that are remembered before they are looked at.
    private static let parentLimit = 10_000

    func hideLower(_ path: LayerPath) throws(ApusError) {
        let fd = try enter(path)
        if path.components.isEmpty { hideLowerAtRoot() } else { try setAttribute(overlayOpaque, of: fd) }
    }

    func whiteOut(_ name: [UInt8], in directory: LayerPath) throws(ApusError) {
        let parent = try enter(directory)
        guard let found = try status(of: name, in: parent) else {
            if lower.isEmpty { return }
            markChanged()
            try systemCall("cannot make the whiteout of \(shown(name))") { unsafe withName(name) { unsafe apus_mknodat(parent, $0, S_IFCHR, 0, 0) } }
            if whiteoutParents.last != directory { whiteoutParents.append(directory) }
            if whiteoutParents.count > Self.parentLimit { try dropIdleWhiteouts() }
            return
        }
        // The layer's own member stays; a directory of the same name below must not shine through.
        guard found.isDirectory else { return }
        let child = try openChild(name, in: parent)
        try setAttribute(overlayOpaque, of: child.raw)
    }

    /// Removes the whiteouts in directories that hide all below anyway or that no layer below has.
    ///
    /// Overlayfs does not merge such a directory and then lists whiteouts in it as names that are not there. It waits for the layers below.
    func dropIdleWhiteouts() throws(ApusError) {
        for directory in whiteoutParents {
            if !hidesLower, try lower.isMerged(directory, in: root) { continue }
            let parent = try enter(directory)
            for name in try rawDirectoryEntries(openDirectory(".", at: parent), name: directory.text).map({ Array($0.dropLast()) }) {
                guard try status(of: name, in: parent)?.isWhiteout == true else { continue }
                markChanged()
                try unlinkName(name, in: parent)
            }
        }
        whiteoutParents = []
    }
}

extension LowerLayers {
    /// Whether a directory of the layer above these is shown together with what they have; true also where it is no directory of that layer.
    ///
    /// - Parameter root: the layer above.
    func isMerged(_ directory: LayerPath, in root: borrowing OwnedFD) throws(ApusError) -> Bool {
        var current = try root.duplicate()
        for name in directory.components {
            guard try status(of: name, in: current.raw)?.isDirectory == true else { return true }
            current = try openChild(name, in: current.raw)
            if try attributes(of: current.raw).contains(overlayOpaque) { return false }
        }
        guard let below = try find(directory) else { return false }
        return below.status.isDirectory
    }
}
