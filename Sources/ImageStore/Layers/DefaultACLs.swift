import CShim
import Glibc
import LinuxSystem

/// Keeps the access lists of a tree to those that it is to have.
///
/// What is made in a directory with a default access list gets one from it (acl(5)), which no archive asked for.
struct DefaultACLs {
    private static let access = "system.posix_acl_access"
    private static let inherited = "system.posix_acl_default"
    /// Whether any directory of the tree got one: nearly no image has them, and asking costs a call a name.
    private var exist = false

    /// Takes note of attributes that a directory gets.
    mutating func note(_ attributes: [ExtendedAttribute]) {
        if attributes.contains(where: { $0.name.elementsEqual(Self.inherited.utf8) }) { exist = true }
    }

    /// Takes from a name that was just made what it got from its directory.
    func dropInherited(by name: [UInt8], in parent: Int32) throws(ApusError) {
        guard exist, unsafe apus_fgetxattr(parent, Self.inherited, nil, 0) > 0 else { return }
        let path = Array("/proc/self/fd/\(parent)/".utf8) + name
        for attribute in [Self.access, Self.inherited] {
            do {
                try systemCall("cannot remove an inherited access list of \(shown(name))") {
                    unsafe withName(path) { unsafe apus_lremovexattr($0, attribute) }
                }
            } catch  where [ENODATA, EOPNOTSUPP, EACCES, EPERM].contains(error.errno) {
                // It has none; links and what is no directory cannot have each.
            }
        }
    }
}
