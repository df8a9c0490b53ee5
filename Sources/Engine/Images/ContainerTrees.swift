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

    /// The name of the directory that takes what the container writes.
    ///
    /// What is copied into a container before its first start lies in `filled`, because `upper` says that it was started; the start renames it.
    private var upperName: String {
        let directory = engine.paths.container(record.id)
        return fileExists("\(directory)/upper") || !fileExists("\(directory)/filled") ? "upper" : "filled"
    }

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
        return try mount(upper + imageLayers)
    }

    /// All that the container sees but what is mounted in it, to be written; the caller holds its lock.
    func writable() throws(ApusError) -> OwnedFD {
        let directory = engine.paths.container(record.id)
        let isStarted = fileExists("\(directory)/upper")
        try makeUpper(isStarted ? "upper" : "filled")
        if unsafe mkdir("\(directory)/work", 0o700) != 0 && errno != EEXIST {
            let number = errno
            throw ApusError(errno: number, "cannot make directory \(directory)/work")
        }
        let container = "../../containers/\(record.id)"
        return try OverlayMount(
            base: engine.images.layerBase, lower: record.layers, upper: "\(container)/\(upperName)", work: "\(container)/work"
        ).mountDetached()
    }

    /// Makes the directory for what the container writes where it is missing.
    ///
    /// It shows as the root directory itself, so it takes owner and mode from the image's.
    func makeUpper(_ name: String) throws(ApusError) {
        let path = "\(engine.paths.container(record.id))/\(name)"
        if unsafe mkdir(path, 0o755) != 0 {
            let number = errno
            if number == EEXIST { return }
            throw ApusError(errno: number, "cannot make directory \(path)")
        }
        if name == "upper", unsafe rename("\(engine.paths.container(record.id))/filled", path) == 0 { return }
        var status = stat()
        guard let top = record.layers.first, unsafe stat("\(engine.images.layerBase)/\(top)", &status) == 0 else { return }
        try systemCall("cannot set the mode of \(path)") { [mode = status.st_mode & 0o7777] in unsafe chmod(path, mode) }
        if status.st_uid != 0 || status.st_gid != 0 {
            try systemCall("cannot set the owner of \(path)") { [owner = status.st_uid, group = status.st_gid] in unsafe chown(path, owner, group) }
        }
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
