import Glibc
import LinuxSystem

/// The address of a Unix socket; what is longer than 107 bytes is cut.
func socketAddress(_ path: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
        for (index, byte) in path.utf8.prefix(room.count - 1).enumerated() { unsafe room[index] = byte }
    }
    return address
}

/// Calls `body` with an address as the socket calls want it.
func withAddress(_ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    unsafe withUnsafePointer(to: &address) { pointer in
        unsafe body(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_un>.size))
    }
}

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
