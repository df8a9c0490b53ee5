import CShim
import Glibc
public import LinuxSystem

/// A root filesystem of stacked directories, as overlayfs wants it.
///
/// All paths are relative to `base`.
public struct OverlayMount: Sendable, Equatable {
    /// The directory that the other paths start from.
    public var base: String
    /// The read-only directories, the top one first.
    public var lower: [String]
    /// The directory that takes what the container writes; nil for a read-only root.
    public var upper: String?
    /// Overlayfs's scratch directory, on the same file system as `upper`.
    public var work: String?
    /// Whether nothing is synced to the disk: for containers that are removed when they end.
    public var isVolatile: Bool

    /// Describes an overlay.
    public init(base: String, lower: [String], upper: String? = nil, work: String? = nil, isVolatile: Bool = false) {
        self.base = base
        self.lower = lower
        self.upper = upper
        self.work = work
        self.isVolatile = isVolatile
    }

    /// An upper directory holds whole files and names no other place, whatever this host's overlayfs does by default: a snapshot of it is a
    /// layer that stands on other layers as well.
    private static let selfContained = [("index", "off"), ("metacopy", "off"), ("redirect_dir", "nofollow")]

    /// fsconfig(2) takes values of at most 255 bytes.
    private static let valueLimit = 255

    /// Mounts it, attached nowhere (fsopen(2), fsmount(2)).
    ///
    /// The working directory of this thread changes to `base` for the length of the call, so that the paths stay short; others keep theirs.
    public func mountDetached() throws(ApusError) -> OwnedFD {
        try systemCall("cannot take a working directory of our own") { apus_unshare_directory() }
        let before = try openFile(".", openPathOnly | O_DIRECTORY)
        try systemCall("cannot enter directory \(base)") { unsafe chdir(base) }
        defer { _ = fchdir(before.raw) }
        let lowerOption = lower.joined(separator: ":")
        do throws(ApusError) {
            return try mountByOptions(lowerOption)
        } catch  where error.errno == EINVAL && lowerOption.utf8.count > Self.valueLimit {
            return try mountByString(lowerOption)  // an older kernel took "lowerdir+" for an option of its own and refuses it at the end
        }
    }

    private func mountByOptions(_ lowerOption: String) throws(ApusError) -> OwnedFD {
        let context = OwnedFD(
            adopting: try systemCall("cannot mount the root filesystem: overlay") { unsafe apus_fsopen("overlay", 1) })
        let raw = context.raw
        if lowerOption.utf8.count <= Self.valueLimit {
            try set(raw, "lowerdir", lowerOption)
        } else {
            for layer in lower { try set(raw, "lowerdir+", layer) }
        }
        if let upper, let work {
            try set(raw, "upperdir", upper)
            try set(raw, "workdir", work)
            for (key, value) in Self.selfContained { try set(raw, key, value) }
            if isVolatile { try systemCall("cannot mount the root filesystem: overlay option volatile") { unsafe apus_fsconfig_flag(raw, "volatile") } }
        }
        try systemCall("cannot mount the root filesystem: overlay of \(lower.count) layers below \(base)") { apus_fsconfig_create(raw) }
        return OwnedFD(adopting: try systemCall("cannot mount the root filesystem") { apus_fsmount(raw, 1, 0) })
    }

    /// The way for many layers before Linux 6.7: mount(2) takes a page of options, but it must attach what it mounts.
    ///
    /// So it is attached in a mount namespace of our own, where nobody sees it, and a detached copy is taken.
    private func mountByString(_ lowerOption: String) throws(ApusError) -> OwnedFD {
        var options = "lowerdir=\(lowerOption)"
        if let upper, let work {
            options += ",upperdir=\(upper),workdir=\(work)" + (isVolatile ? ",volatile" : "")
            for (key, value) in Self.selfContained { options += ",\(key)=\(value)" }
        }
        guard options.utf8.count < 4096 else {
            throw ApusError(.notSupported, "cannot mount the root filesystem: the names of \(lower.count) layers do not fit in a page")
        }
        try systemCall("cannot make a mount namespace") { apus_unshare_mounts() }
        try systemCall("cannot mount the root filesystem: overlay of \(lower.count) layers below \(base)") {
            unsafe mount("overlay", base, "overlay", 0, options)
        }
        defer { _ = unsafe umount2(base, Int32(MNT_DETACH)) }
        return try DetachedMount.copy(base, isRecursive: false)
    }

    private func set(_ context: Int32, _ key: String, _ value: String) throws(ApusError) {
        try systemCall("cannot mount the root filesystem: overlay option \(key)=\(value)") { unsafe apus_fsconfig_string(context, key, value) }
    }
}
