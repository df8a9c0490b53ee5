import CShim
import ContainerRuntime
import Glibc
import ImageStore
import LinuxSystem

/// A container's files with its volumes, to read and to write: the root of one that runs, else its overlay with the volumes in it.
///
/// What is mounted for that hangs in a mount namespace of this thread's own, and goes with it after any end.
struct ContainerTree: ~Copyable {
    let tree: Tree
    /// The lock of a container that does not run: nobody starts it meanwhile.
    private let lock: OwnedFD
    private static let readOnlyAttribute: UInt64 = 1  // MOUNT_ATTR_RDONLY
    private static let emptyPath: UInt32 = 0x1000

    private init(_ tree: consuming Tree, lock: consuming OwnedFD) {
        self.tree = tree
        self.lock = lock
    }

    /// Opens the files of a container.
    static func open(_ record: ContainerRecord, _ engine: Engine) throws(ApusError) -> ContainerTree {
        let title = "container \(record.name)"
        if let claimed = try engine.claim(record) {
            return ContainerTree(Tree(root: try mount(claimed.record, engine), title: title), lock: try claimed.lock.duplicate())
        }
        return ContainerTree(Tree(root: try root(ofRunning: record, engine.containers), title: title), lock: .none)
    }

    /// The root directory as process 1 sees it.
    private static func root(ofRunning record: ContainerRecord, _ containers: ContainerStore) throws(ApusError) -> OwnedFD {
        guard let run = try containers.run(of: record) else { throw containers.notRunning(record) }
        let root: OwnedFD
        do {
            root = try openFile("/proc/\(run.pid)/root", O_RDONLY | O_DIRECTORY)
        } catch  where error.errno == ESRCH || error.errno == ENOENT {
            throw containers.notRunning(record)
        }
        // The monitor takes the run record away before it reaps process 1: while it is there, the number was the container's.
        guard try containers.run(of: record) == run else { throw containers.notRunning(record) }
        return root
    }

    private static func mount(_ record: ContainerRecord, _ engine: Engine) throws(ApusError) -> OwnedFD {
        let trees = ContainerTrees(record: record, engine: engine)
        let overlay = try trees.writable()
        try systemCall("cannot make a mount namespace") { apus_unshare_mounts() }
        let place = engine.paths.container(record.id)
        let volumes = try record.settings.mounts.filter { $0.kind != .tmpfs }.map { mount throws(ApusError) in
            (mount, mount.kind == .volume ? try engine.volume(mount.source).directory : mount.source)
        }
        let spot = try openFile(place, openPathOnly | O_DIRECTORY)
        // The copies are taken before the overlay hides what is below its place.
        var mounts = [Int32]()
        defer { for raw in mounts { close(raw) } }
        for (_, source) in volumes { mounts.append(try DetachedMount.copy(source, isRecursive: true).take()) }
        try attach(overlay.raw, at: spot.raw, "the container's files")
        for (mount, (volume, source)) in zip(mounts, volumes) {
            let target = try mountpoint(volume.target, in: overlay, for: source)
            if volume.readOnly {
                try systemCall("cannot make the mount of \(source) read-only") {
                    unsafe apus_mount_setattr(mount, "", emptyPath, readOnlyAttribute, 0, 0, -1)
                }
            }
            try attach(mount, at: target.raw, volume.target)
        }
        if record.settings.readOnly {
            try systemCall("cannot make the container's files read-only") { [raw = overlay.raw] in
                unsafe apus_mount_setattr(raw, "", emptyPath, readOnlyAttribute, 0, 0, -1)
            }
        }
        return overlay
    }

    private static func attach(_ mount: Int32, at place: Int32, _ name: String) throws(ApusError) {
        try systemCall("cannot mount \(name)") { apus_attach_mount(mount, place) }
    }

    /// The open place of a mount; made where it is missing, as a start would.
    private static func mountpoint(_ target: String, in root: borrowing OwnedFD, for source: String) throws(ApusError) -> OwnedFD {
        do { return try openInRoot(root, target, openPathOnly) } catch  where error.errno == ENOENT {}
        let parts = target.split(separator: "/")
        var status = stat()
        let isDirectory = unsafe stat(source, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        for length in 1...max(1, parts.count) {
            let path = "/" + parts.prefix(length).joined(separator: "/")
            do { _ = try openInRoot(root, path, openPathOnly) } catch  where error.errno == ENOENT {
                let parent = try openInRoot(root, "/" + parts.prefix(length - 1).joined(separator: "/"), O_RDONLY | O_DIRECTORY)
                let name = String(parts[length - 1])
                if length == parts.count && !isDirectory {
                    _ = try openFile(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, at: parent.raw)
                } else {
                    try systemCall("cannot make the mountpoint \(path)") { [raw = parent.raw] in unsafe mkdirat(raw, name, 0o755) }
                }
            }
        }
        return try openInRoot(root, target, openPathOnly)
    }
}
