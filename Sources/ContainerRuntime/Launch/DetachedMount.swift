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

    /// The root filesystem of a container: the tree at `path` with what is mounted below it.
    ///
    /// No mount that the container makes spreads to the host; those of the host come in if `propagation` is `slave` or `shared`.
    ///
    /// - Throws: `ApusError` naming root.path.
    public static func root(_ path: String, propagation: Propagation? = nil) throws(ApusError) -> OwnedFD {
        do {
            // Nothing else can be entered.
            _ = try openFile(path, openPathOnly | O_DIRECTORY)
        } catch {
            throw ApusError(.invalidArgument, "cannot use \(path) as the root filesystem (root.path)", errno: error.errno)
        }
        let mount = try copy(path, isRecursive: true)
        let shares = propagation.map { [Propagation.shared.type, Propagation.recursiveSlave.type].contains($0.type) } ?? false
        // pivot_root(2) refuses a shared one; the plan makes it shared at the end.
        try set(shares ? .recursiveSlave : .recursivePrivate, on: mount.raw, path)
        return mount
    }

    /// A bind mount as the plan wants it, ids mapped and attributes set.
    public static func bind(_ bind: BindMount) throws(ApusError) -> OwnedFD {
        let mount = try copy(bind.source, isRecursive: bind.isRecursive)
        let raw = mount.raw
        // Without this a mount made by the container would appear on the host, below mounts that it was not said of.
        if !bind.propagations.contains(where: { $0.type == Propagation.shared.type }) { try set(.recursiveSlave, on: raw, bind.source) }
        for propagation in bind.propagations { try set(propagation, on: raw, bind.source) }
        if let idMap = bind.idMap { try map(raw, idMap, isRecursive: bind.idMapIsRecursive, bind.source) }
        try set(bind.set, bind.clear, on: raw, flags: emptyPath, bind.source)
        try set(bind.recursiveSet, bind.recursiveClear, on: raw, flags: emptyPath | recursive, bind.source)
        return mount
    }

    private static func set(_ propagation: Propagation, on mount: Int32, _ source: String) throws(ApusError) {
        try systemCall("cannot make the mount of \(source) \(propagation.name)") {
            unsafe apus_mount_setattr(mount, "", emptyPath | (propagation.isRecursive ? recursive : 0), 0, 0, propagation.type, -1)
        }
    }

    private static func set(
        _ set: MountAttributes, _ clear: MountAttributes, on mount: Int32, flags: UInt32, _ source: String
    ) throws(ApusError) {
        if set.isEmpty && clear.isEmpty { return }
        try systemCall("cannot set the mount options of \(source)") {
            unsafe apus_mount_setattr(mount, "", flags, set.rawValue, clear.rawValue, 0, -1)
        }
    }

    private static func map(_ mount: Int32, _ idMap: MountIDMap, isRecursive: Bool, _ source: String) throws(ApusError) {
        let namespace = try idMap.open()
        let number = namespace.raw
        do {
            try systemCall("cannot map the ids of \(source)") {
                unsafe apus_mount_setattr(mount, "", emptyPath | (isRecursive ? recursive : 0), MountAttributes.idMap.rawValue, 0, 0, number)
            }
        } catch  where error.errno == EINVAL {
            throw ApusError(.notSupported, "cannot map the ids of \(source)", errno: EINVAL, hint: "its file system cannot be id-mapped")
        } catch  where error.errno == EPERM {
            throw ApusError(.notSupported, "cannot map the ids of \(source)", errno: EPERM, hint: "is it id-mapped already?")
        }
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

extension MountIDMap {
    /// A user namespace with these mappings.
    func open() throws(ApusError) -> OwnedFD {
        switch self {
        case .namespace(let path): try openFile(path, O_RDONLY)
        case .mappings(let users, let groups):
            OwnedFD(
                adopting: try systemCall("cannot make a user namespace for an id-mapped mount") { unsafe apus_make_user_namespace(users, groups) })
        }
    }
}
