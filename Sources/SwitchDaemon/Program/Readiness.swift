import Glibc
import LinuxSystem

/// Tells who started the daemon that it answers requests, or why it cannot.
enum Readiness {
    /// The descriptor that a client has given (`--on-demand`).
    private static let descriptor: Int32 = 3

    /// Tells a client: a line feed for ready, or else words; then closes.
    static func tell(_ words: String) {
        try? writeAll(descriptor, Array(words.utf8), name: "the client's pipe")
        close(descriptor)
    }

    /// Tells systemd (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names.
    static func tellSystemd(_ state: String) {
        guard let name = unsafe getenv("NOTIFY_SOCKET") else { return }
        let path = unsafe String(cString: name)
        guard path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count < 108 else { return }
        let socket = OwnedFD(adopting: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
        guard socket.raw >= 0 else { return }
        var address = socketAddress(path)
        var size = MemoryLayout<sockaddr_un>.size
        if path.hasPrefix("@") {
            // An abstract name is as long as the address says.
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in unsafe room[0] = 0 }
            size = MemoryLayout<sa_family_t>.size + path.utf8.count
        }
        let bytes = Array(state.utf8)
        let raw = socket.raw
        _ = unsafe withAddress(&address) { pointer, _ in
            Int32(truncatingIfNeeded: unsafe sendto(raw, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, socklen_t(size)))
        }
    }

    /// The listening socket that systemd holds for us (sd_listen_fds(3)), or none.
    static func inheritedSocket() -> OwnedFD {
        guard let pid = unsafe getenv("LISTEN_PID"), unsafe String(cString: pid) == String(getpid()) else { return .none }
        guard let count = unsafe getenv("LISTEN_FDS"), unsafe String(cString: count) == "1" else { return .none }
        _ = fcntl(3, F_SETFD, FD_CLOEXEC)
        _ = fcntl(3, F_SETFL, O_NONBLOCK)
        return OwnedFD(adopting: 3)
    }
}
