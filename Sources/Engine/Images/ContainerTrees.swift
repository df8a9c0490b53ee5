import ContainerRuntime
import Glibc
import ImageStore
import LinuxSystem

/// The files of a container as directories to read from, whether it runs or not.
///
/// The overlays are read-only and hang in no tree: the kernel takes them back with their descriptors. The engine's own mountpoints, which lie
/// in the skeleton below the image's layers, are in none of them.
struct ContainerTrees {
    let record: ContainerRecord
    let engine: Engine

    /// Calls `body` for each directory of changes to the image, the oldest first, with all that lies below it as one tree: the snapshots that
    /// the container stands on, and what it wrote since.
    func forEachChange(_ body: (_ upper: borrowing OwnedFD, _ lower: borrowing OwnedFD) throws(ApusError) -> Void) throws(ApusError) {
        let all = layers
        for index in all.indices.dropLast().reversed() where all[index].hasPrefix("../") || SnapshotRecord.isLayerName(all[index]) {
            try body(openDirectory("\(engine.images.layerBase)/\(all[index])"), mount(Array(all[(index + 1)...])))
        }
    }

    /// All that the container sees but what is mounted in it.
    func merged() throws(ApusError) -> OwnedFD { try mount(layers) }

    /// All that the container sees but what is mounted in it, to be written; the caller holds its lock.
    func writable() throws(ApusError) -> OwnedFD {
        let directory = engine.paths.container(record.id)
        try makeUpper(record.settings.autoRemove && !fileExists("\(directory)/upper") ? "filled" : "upper")
        if unsafe mkdir("\(directory)/work", 0o700) != 0 && errno != EEXIST {
            let number = errno
            throw ApusError(errno: number, "cannot make directory \(directory)/work")
        }
        return try OverlayMount(
            base: engine.images.layerBase, lower: record.layers + [Mountpoints(record: record, paths: engine.paths).layer].compactMap { $0 },
            upper: relative(engine.paths.written(record.id)), work: relative("\(directory)/work")
        ).mountDetached()
    }

    /// Makes the directory for what the container writes where it is missing.
    func makeUpper(_ name: String) throws(ApusError) {
        let path = "\(engine.paths.container(record.id))/\(name)"
        if fileExists(path) { return }
        if name == "upper", unsafe rename("\(engine.paths.container(record.id))/filled", path) == 0 { return }
        if let top = record.layers.first { try engine.containers.makeRoot(path, like: top) }
    }

    /// A path of the container's directory as the names of layers are: from their base.
    private func relative(_ path: String) -> String { "../.." + path.dropFirst(engine.paths.root.count) }

    /// The paths of what is mounted in the container, by the engine or because the user asked for it.
    var mountpoints: [String] { Self.own + record.settings.mounts.map(\.target) + record.settings.devices.map(\.target) }

    private static let own = ["/dev", "/proc", "/sys", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"]

    /// What the container wrote, the snapshots that it stands on and the image's layers, the top one first.
    private var layers: [String] {
        let written = engine.paths.written(record.id)
        let below = record.layers.filter { $0 != "skeleton" }
        return (fileExists(written) ? [relative(written)] : []) + (below.isEmpty ? record.layers : below)
    }

    private func mount(_ layers: [String]) throws(ApusError) -> OwnedFD {
        // Overlayfs wants two; the bottom-most layer alone has no deletions in it.
        if let only = layers.first, layers.count == 1 { return try openDirectory("\(engine.images.layerBase)/\(only)") }
        return try OverlayMount(base: engine.images.layerBase, lower: layers).mountDetached()
    }
}
