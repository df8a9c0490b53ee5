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

    /// The directory that takes what the container writes; nil where it was never started.
    func upper() throws(ApusError) -> OwnedFD? {
        do {
            return try openFile("\(engine.paths.container(record.id))/upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// The image's layers as one tree.
    func lower() throws(ApusError) -> OwnedFD { try mount(imageLayers) }

    /// All that the container sees but what is mounted in it.
    func merged() throws(ApusError) -> OwnedFD {
        let upper = fileExists("\(engine.paths.container(record.id))/upper") ? ["../../containers/\(record.id)/upper"] : []
        return try mount(upper + imageLayers)
    }

    /// The paths of what is mounted in the container, by the engine or because the user asked for it.
    var mountpoints: [String] { Self.own + record.settings.mounts.map(\.target) + record.settings.devices.map(\.target) }

    private static let own = ["/dev", "/proc", "/sys", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"]

    private var imageLayers: [String] {
        let layers = record.layers.filter { $0 != "skeleton" }
        return layers.isEmpty ? record.layers : layers
    }

    private func mount(_ layers: [String]) throws(ApusError) -> OwnedFD {
        // Overlayfs wants two; the bottom-most layer alone has no deletions in it.
        if let only = layers.first, layers.count == 1 { return try openDirectory("\(engine.images.layerBase)/\(only)") }
        return try OverlayMount(base: engine.images.layerBase, lower: layers).mountDetached()
    }
}
