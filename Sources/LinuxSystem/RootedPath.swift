import CShim
import Glibc

/// RESOLVE_* of openat2(2): how far a path may lead.
public struct PathResolution: OptionSet, Sendable {
    /// The kernel's bits.
    public let rawValue: UInt64
    /// Takes the kernel's bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Absolute links and `..` stay below the directory, as in a chroot (RESOLVE_IN_ROOT).
    public static let inRoot = PathResolution(rawValue: 0x10)
    /// A path that leads outside is an error, EXDEV (RESOLVE_BENEATH).
    public static let beneath = PathResolution(rawValue: 0x08)
    /// Any symbolic link is an error, ELOOP (RESOLVE_NO_SYMLINKS).
    public static let noSymlinks = PathResolution(rawValue: 0x04)
    /// Links of the kind of /proc/PID/exe are an error, ELOOP (RESOLVE_NO_MAGICLINKS).
    public static let noMagicLinks = PathResolution(rawValue: 0x02)
    /// Crossing a mountpoint is an error, EXDEV (RESOLVE_NO_XDEV).
    public static let noMounts = PathResolution(rawValue: 0x01)
}

/// Opens a path inside a root that is not trusted: no link in it leads outside (openat2(2), RESOLVE_IN_ROOT).
public func openInRoot(
    _ root: borrowing OwnedFD, _ path: String, _ flags: Int32, mode: UInt32 = 0, resolve: PathResolution = [.inRoot, .noMagicLinks]
) throws(ApusError) -> OwnedFD {
    let directory = root.raw
    let bits = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
    while true {
        do {
            return OwnedFD(
                adopting: try systemCall("cannot open \(path) in the root filesystem") {
                    unsafe apus_openat2(directory, path, bits, UInt64(mode), resolve.rawValue)
                })
        } catch  where error.errno == EAGAIN {
            continue  // a rename raced with `..`: openat2(2) asks to try again
        }
    }
}
