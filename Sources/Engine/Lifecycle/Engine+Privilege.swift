import Glibc
public import LinuxSystem

extension Engine {
    /// Refuses a user who is not root, before a system call does it with less to say.
    public static func requireRoot(to task: String) throws(ApusError) {
        guard geteuid() != 0 else { return }
        throw ApusError(.permissionDenied, "cannot \(task) as user \(geteuid())", hint: "run apus as root; rootless containers are not there yet")
    }
}
