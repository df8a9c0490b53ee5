import CShim
import Glibc
import LinuxSystem

/// Starts the monitor itself, without a client of ours; answers our end of the socket that it is given.
func startMonitor(_ pid: inout Int32) throws -> OwnedFD {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try systemCall("cannot make a socket pair") { unsafe socketpair(AF_UNIX, kind, 0, &ends) }
    let theirs = OwnedFD(adopting: ends[1])
    let ours = OwnedFD(adopting: ends[0])
    let null = try openFile("/dev/null", O_RDWR)
    let program = try openFile(monitorPath, openPathOnly)
    let inherited = [null.raw, null.raw, null.raw, theirs.raw]
    pid = try unsafe "apus-monitor".withCString { name in
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [UnsafeMutablePointer(mutating: name), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        return try systemCall("cannot start the monitor") {
            unsafe apus_spawn(program.raw, &arguments, &environment, inherited, inherited.count, 1)
        }
    }
    return ours
}
