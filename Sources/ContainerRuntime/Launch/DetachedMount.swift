import CShim
import Glibc
public import LinuxSystem

/// Mounts that hang in no tree yet: made by the parent, attached by the container, and gone with the last descriptor after any crash.
public enum DetachedMount {
    private static let cloneTree: UInt32 = 1  // OPEN_TREE_CLONE
    private static let recursive: UInt32 = 0x8000  // AT_RECURSIVE
    private static let emptyPath: UInt32 = 0x1000  // AT_EMPTY_PATH
    private static let closeOnExec = UInt32(O_CLOEXEC)

    /// A copy of the mount at `path`, with the trees below it if `isRecursive` (open_tree(2)).
    ///
    /// - Throws: `ApusError` naming the path.
    public static func copy(_ path: String, isRecursive: Bool) throws(ApusError) -> OwnedFD {
        let flags = cloneTree | closeOnExec | (isRecursive ? recursive : 0)
        return OwnedFD(adopting: try systemCall("cannot open \(path) for a bind mount") { unsafe apus_open_tree(AT_FDCWD, path, flags) })
    }

    /// A bind mount as the plan wants it, attributes set.
    public static func bind(_ bind: BindMount) throws(ApusError) -> OwnedFD {
        let mount = try copy(bind.source, isRecursive: bind.isRecursive)
        let raw = mount.raw
        // Without this a mount made by the container would appear on the host.
        let whole = bind.propagation.isRecursive || bind.propagation.type == Propagation.recursivePrivate.type
        try systemCall("cannot set the propagation of \(bind.source)") {
            unsafe apus_mount_setattr(raw, "", emptyPath | (whole ? recursive : 0), 0, 0, bind.propagation.type, -1)
        }
        if !bind.set.isEmpty || !bind.clear.isEmpty {
            try systemCall("cannot set the mount options of \(bind.source)") {
                unsafe apus_mount_setattr(
                    raw, "", emptyPath | (bind.attributesAreRecursive ? recursive : 0), bind.set.rawValue, bind.clear.rawValue, 0, -1)
            }
        }
        return mount
    }

    /// A read-only mount of one program of the host.
    ///
    /// What is started from it cannot be written through /proc/PID/exe (CVE-2019-5736).
    public static func program(_ path: String) throws(ApusError) -> OwnedFD {
        let mount = try copy(path, isRecursive: false)
        try systemCall("cannot protect \(path)") { [raw = mount.raw] in
            unsafe apus_mount_setattr(raw, "", emptyPath, MountAttributes([.readOnly, .noSUID, .noDevices]).rawValue, 0, 0, -1)
        }
        return mount
    }
}
