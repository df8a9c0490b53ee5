import Glibc
import LinuxSystem

/// Connects to a stream socket by its path, of whatever length.
///
/// - Parameters:
///   - path: from the root or from the working directory.
///   - sentence: what cannot be done, for the error: `cannot connect to console socket /run/tty.sock`.
func connectStream(to path: String, _ sentence: String) throws(ApusError) -> OwnedFD {
    let socket = OwnedFD(
        adopting: try systemCall("cannot make a socket") { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) })
    var address = socketAddress(path)
    var directory = OwnedFD.none
    if path.utf8.count > 107 {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let name = path[slash...]
        // The detour keeps a long path below the 107 bytes of an address.
        do {
            directory = try openFile(slash == path.startIndex ? "." : String(path[..<slash]), openPathOnly | O_DIRECTORY)
        } catch {
            throw ApusError(errno: error.errno, sentence)
        }
        guard name.utf8.count < 80 else { throw ApusError(errno: ENAMETOOLONG, sentence, hint: "its own name may have 79 bytes") }
        address = socketAddress("/proc/self/fd/\(directory.raw)\(name)")
    }
    defer { withExtendedLifetime(directory.raw) {} }
    try systemCall(sentence) { [raw = socket.raw] in
        unsafe withAddress(&address) { pointer, size in unsafe connect(raw, pointer, size) }
    }
    return socket
}
