import ContainerRuntime
import Glibc
import ImageStore
import LinuxSystem

/// The files of a container as directories to read from, whether it runs or not.
///
/// The overlays are read-only and hang in no tree: the kernel takes them back with their descriptors. The engine's own mountpoints, which lie
/// in the skeleton and beside it below the image's layers, are in none of them.
struct ContainerTrees {
    let record: ContainerRecord
    let engine: Engine

    /// The name of the directory that takes what the container writes.
    ///
    /// What is copied into one with `--rm` before its start lies in `filled`, because `upper` says that it was started; the start renames it.
    private var upperName: String {
        record.settings.autoRemove && !fileExists("\(engine.paths.container(record.id))/upper") ? "filled" : "upper"
    }

    /// Whether its changes lie in several layers: it stands on snapshots.
    var isMerged: Bool { record.layers.contains(where: Self.isSnapshot) }

    /// The directory that its changes lie in, or the whole tree where `isMerged`; nil where nothing was written.
    func changed() throws(ApusError) -> OwnedFD? { isMerged ? try merged() : try upper() }

    private static func isSnapshot(_ layer: String) -> Bool { layer.hasPrefix("s") && layer != "skeleton" }

    /// The directory that takes what the container writes; nil where nothing was written.
    func upper() throws(ApusError) -> OwnedFD? {
        do {
            return try openFile("\(engine.paths.container(record.id))/\(upperName)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// The image's layers as one tree.
    func lower() throws(ApusError) -> OwnedFD { try mount(imageLayers) }

    /// All that the container sees but what is mounted in it.
    func merged() throws(ApusError) -> OwnedFD {
        let upper = fileExists("\(engine.paths.container(record.id))/\(upperName)") ? ["../../containers/\(record.id)/\(upperName)"] : []
        return try mount(upper + record.layers.filter(Self.isSnapshot) + imageLayers)
    }

    /// All that the container sees but what is mounted in it, to be written; the caller holds its lock.
    func writable() throws(ApusError) -> OwnedFD {
        let directory = engine.paths.container(record.id)
        try makeUpper(upperName)
        if unsafe mkdir("\(directory)/work", 0o700) != 0 && errno != EEXIST {
            let number = errno
            throw ApusError(errno: number, "cannot make directory \(directory)/work")
        }
        let container = "../../containers/\(record.id)"
        return try OverlayMount(
            base: engine.images.layerBase, lower: record.layers + [Mountpoints(record: record, paths: engine.paths).layer].compactMap { $0 },
            upper: "\(container)/\(upperName)", work: "\(container)/work"
        ).mountDetached()
    }

    /// Makes the directory for what the container writes where it is missing.
    func makeUpper(_ name: String) throws(ApusError) {
        let directory = engine.paths.container(record.id)
        let path = "\(directory)/\(name)"
        if fileExists(path) { return }
        if record.settings.autoRemove, unsafe rename("\(directory)/filled", path) == 0 { return }
        if let top = record.layers.first { try engine.containers.makeRoot(path, like: top) }
    }

    /// The paths of what is mounted in the container, by the engine or because the user asked for it.
    var mountpoints: [String] { Self.own + record.settings.mounts.map(\.target) + record.settings.devices.map(\.target) }

    private static let own = ["/dev", "/proc", "/sys", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"]

    private var imageLayers: [String] {
        let layers = record.layers.filter { $0 != "skeleton" && !Self.isSnapshot($0) }
        return layers.isEmpty ? record.layers : layers
    }

    private func mount(_ layers: [String]) throws(ApusError) -> OwnedFD {
        // Overlayfs wants two; the bottom-most layer alone has no deletions in it.
        if let only = layers.first, layers.count == 1 { return try openDirectory("\(engine.images.layerBase)/\(only)") }
        return try OverlayMount(base: engine.images.layerBase, lower: layers).mountDetached()
    }
}
