import Glibc
import LinuxSystem

extension Apus {
    /// A plain tar of a root filesystem with busybox in it, changed by a shell script that runs in it: an image to run by its path.
    func rootfs(_ name: String, _ script: String) throws -> String {
        let directory = "\(scratch)/files/\(name).root"
        let archive = "\(scratch)/files/\(name).tar"
        try host("mkdir", "-p", "\(directory)/bin", "\(directory)/etc", "\(directory)/tmp")
        try host("cp", "/bin/busybox", "\(directory)/bin/busybox")
        for applet in ["sh", "cat", "ls", "echo", "true", "id", "grep", "mount", "sleep", "readlink"] {
            _ = unsafe symlink("busybox", "\(directory)/bin/\(applet)")
        }
        try host("/bin/sh", "-ec", "cd '\(directory)'\n\(script)")
        try host("tar", "-C", directory, "-cf", archive, ".")
        return archive
    }
}
