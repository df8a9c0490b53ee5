import CShim
import ContainerRuntime
import Glibc
import ImageStore
import LinuxSystem

extension Engine {
    /// Makes the volumes of a container that is being created, and puts the image's content into those that are empty, as Docker does.
    ///
    /// - Returns: the lock of volumes, to be held until the container's record is written; no descriptor for a container without volumes.
    func useVolumes(_ record: ContainerRecord) throws(ApusError) -> OwnedFD {
        let mounts = record.settings.mounts.filter { $0.kind == .volume }
        if mounts.isEmpty { return .none }
        let lock = try lockVolumes(shared: true)
        for mount in mounts {
            try makeVolume(mount.source, VolumeRecord(isAnonymous: mount.isAnonymous))
            try fill(mount, record)
        }
        return lock
    }

    /// Removes the anonymous volumes of a container that could not be created.
    func removeAnonymousVolumes(_ record: ContainerRecord) {
        for mount in record.settings.mounts where mount.isAnonymous { try? removeTree("\(paths.volumes)/\(mount.source)") }
    }

    /// Copies what the image has at the target into an empty volume.
    ///
    /// The copy is made beside `_data` and renamed to `ready` when it is whole. From there its parts move into `_data`, which stays the same
    /// directory because running containers may have it mounted; a move that is cut short is finished by the next container that uses the volume.
    private func fill(_ mount: MountSetting, _ record: ContainerRecord) throws(ApusError) {
        let directory = "\(paths.volumes)/\(mount.source)"
        let lock = try DirectoryLock.take(directory)
        try moveReady(in: directory)
        guard mount.noCopy != true, try listDirectory("\(directory)/_data").isEmpty else { return }
        let root = try OverlayMount(base: images.layerBase, lower: record.layers).mountDetached()
        let source: OwnedFD
        do {
            source = try openInRoot(root, mount.target, O_RDONLY | O_DIRECTORY)
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return
        }
        let copy = "\(directory)/copy"
        try removeTree(copy)
        do {
            try systemCall("cannot make directory \(copy)") { unsafe mkdir(copy, 0o700) }
            try copyTree(source, into: try openDirectory(copy), name: mount.target)
            try systemCall("cannot rename \(copy)") { unsafe Glibc.rename(copy, "\(directory)/ready") }
        } catch {
            try? removeTree(copy)
            throw ApusError(error.code, "cannot fill volume \(mount.source) from the image: \(error.message)", errno: error.errno, hint: error.hint)
        }
        try moveReady(in: directory)
        _ = consume lock
    }

    private func moveReady(in directory: String) throws(ApusError) {
        let path = "\(directory)/ready"
        let ready: OwnedFD
        do { ready = try openDirectory(path) } catch  where error.errno == ENOENT { return }
        let data = try openDirectory("\(directory)/_data")
        for name in try rawDirectoryEntries(ready, name: path) {
            let (from, to) = (ready.raw, data.raw)
            do {
                try systemCall("cannot move the image's content into \(directory)/_data") {
                    unsafe name.withUnsafeBytes { bytes in
                        let text = unsafe bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
                        return unsafe apus_renameat2(from, text, to, text, 1)  // RENAME_NOREPLACE
                    }
                }
            } catch  where error.errno == EEXIST {
                continue  // a container made it meanwhile
            }
        }
        try copyAttributes(from: ready.raw, to: data.raw, name: path)
        try removeTree(path)
    }
}
