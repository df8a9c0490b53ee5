import Glibc
import LinuxSystem

/// The mountpoints that the engine needs, as the bottom-most layer of every container.
///
/// At the bottom it changes nothing that the image has: overlayfs takes the look of a merged directory from the top-most layer
/// that has it, and whatever the image has by a name hides what the skeleton has by it. Where the image lacks a name, the
/// empty one of the skeleton is the mountpoint, so none is made in the container's upper directory. It does not help where
/// the image itself hides the name, and the runtime then makes the mountpoint in the upper directory as any other:
///
/// - /etc is a link: the paths lead elsewhere.
/// - /etc/resolv.conf is a dangling link: its target is no name of the skeleton.
/// - a layer of the image deleted /etc/hosts by a whiteout, or made /etc opaque.
enum Skeleton {
    /// Its name among the short links.
    static let name = "skeleton"

    private static let directories = ["dev", "etc", "proc", "sys"]
    private static let files = ["etc/hostname", "etc/hosts", "etc/resolv.conf"]

    /// Whether it has what it should have.
    static func isWhole(in store: ImageStore) -> Bool {
        let place = "\(store.root)/layers/\(name)"
        guard (try? readLink("\(store.layerBase)/\(name)")) == "../\(name)", (try? listDirectory(place).sorted()) == directories else { return false }
        return directories.allSatisfy { directory in
            let content = (try? listDirectory("\(place)/\(directory)"))?.map { "\(directory)/\($0)" }.sorted()
            return content == files.filter { $0.hasPrefix("\(directory)/") } && files.allSatisfy { FileStamp(path: "\(place)/\($0)")?.size == 0 }
        }
    }

    /// Makes it beside its place and renames it there; does nothing where it is.
    ///
    /// The caller holds the store's lock.
    static func make(in store: ImageStore) throws(ApusError) {
        let place = "\(store.root)/layers/\(name)"
        if !fileExists(place) {
            let temporary = "\(store.workspaces)/\(name)-\(getpid())"
            try removeTree(temporary)
            try makeDirectories(temporary)
            for directory in directories { try makeDirectories("\(temporary)/\(directory)") }
            for file in files { _ = try openFile("\(temporary)/\(file)", O_WRONLY | O_CREAT | O_EXCL) }
            for path in files + directories + [""] {
                let fd = try openFile("\(temporary)/\(path)", O_RDONLY)
                try systemCall("cannot set the mode of \(temporary)/\(path)") { [raw = fd.raw] in fchmod(raw, files.contains(path) ? 0o644 : 0o755) }
                try setTime(Timestamp(seconds: 0), in: fd.raw)
            }
            try systemCall("cannot rename \(temporary) to \(place)") { unsafe rename(temporary, place) }
        }
        let link = "\(store.layerBase)/\(name)"
        if !fileExists(link) { try systemCall("cannot make the link \(link)") { unsafe symlink("../\(name)", link) } }
    }
}
