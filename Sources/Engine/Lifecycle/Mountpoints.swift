import ContainerRuntime
import Glibc
import LinuxSystem

/// The mountpoints that a container's own mounts need and its layers lack, as one more layer at the bottom: `containers/<id>/mountpoints`.
///
/// So they are never made in the upper directory, and show in no snapshot. As with the skeleton of all containers, at the bottom they change
/// nothing that is there, and a layer may hide them: where one has an opaque directory or a dangling link on the way, the runtime makes the
/// mountpoint in the upper directory.
struct Mountpoints {
    let record: ContainerRecord
    let paths: EnginePaths

    private var directory: String { "\(paths.container(record.id))/mountpoints" }

    /// The layer's name below the directory of layers; nil where it is not needed.
    var layer: String? {
        record.settings.mounts.isEmpty || !fileExists(directory) ? nil : "../../containers/\(record.id)/mountpoints"
    }

    /// Makes what is missing.
    func make() throws(ApusError) {
        if record.settings.mounts.isEmpty { return }
        let root = try OverlayMount(base: ContainerStore(paths: paths).layerBase, lower: record.layers).mountDetached()
        for mount in record.settings.mounts {
            guard let missing = try missing(mount.target, in: root) else { continue }
            var isDirectory = true
            if mount.kind == .bind {
                var status = stat()
                // A missing source is the start's to complain about.
                isDirectory = unsafe stat(mount.source, &status) != 0 || status.st_mode & S_IFMT == S_IFDIR
            }
            try make(missing, isDirectory: isDirectory)
        }
    }

    /// Where a target that is not there would be, its links resolved; nil for one that is there or behind a link that leads nowhere.
    private func missing(_ target: String, in root: borrowing OwnedFD) throws(ApusError) -> String? {
        var parts = target.split(separator: "/")
        var rest: [Substring] = []
        if parts.contains("..") { return nil }
        while true {
            let found: OwnedFD
            do {
                found = try openInRoot(root, "/" + parts.joined(separator: "/"), openPathOnly | O_DIRECTORY)
            } catch {
                guard error.errno == ENOENT || error.errno == ENOTDIR, let last = parts.popLast() else { return nil }
                rest.insert(last, at: 0)
                continue
            }
            guard let next = rest.first, !fileExists(String(next), at: found.raw) else { return nil }
            let place = try readLink("/proc/self/fd/\(found.raw)")
            guard place.hasPrefix("/"), !place.hasSuffix(" (deleted)") else { return nil }
            return (place == "/" ? "" : place) + "/" + rest.joined(separator: "/")
        }
    }

    /// All below the directory is ours and has no links.
    private func make(_ path: String, isDirectory: Bool) throws(ApusError) {
        var parts = path.split(separator: "/")
        func place() -> String { ([directory] + parts.map(String.init)).joined(separator: "/") }
        try makeDirectories(isDirectory ? place() : "\(directory)/\(parts.dropLast().joined(separator: "/"))")
        if !isDirectory && !fileExists(place()) { _ = try openFile(place(), O_WRONLY | O_CREAT | O_EXCL) }
        // As in the skeleton: a clone shows the same.
        let times = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: 0, tv_nsec: 0)]
        while !parts.isEmpty {
            try systemCall("cannot set the time of \(place())") { unsafe utimensat(AT_FDCWD, place(), times, AT_SYMLINK_NOFOLLOW) }
            parts.removeLast()
        }
    }
}
