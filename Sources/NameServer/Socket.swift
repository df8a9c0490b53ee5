import CShim
import Glibc
import LinuxSystem
import Network

/// Sockets of name servers.
enum DNSSocket {
    /// A socket that is bound to an address, or to none.
    ///
    /// - Parameter type: SOCK_DGRAM or SOCK_STREAM; streams listen.
    static func listening(_ address: IPAddress, _ type: __socket_type) throws(ApusError) -> OwnedFD {
        let socket = try make(address, type)
        var bound = SocketAddress(address, 53)
        var on: Int32 = 1
        if type == SOCK_STREAM { _ = unsafe setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) }
        try systemCall("cannot serve names at \(address)") { [raw = socket.raw] in unsafe bound.bind(raw) }
        if type == SOCK_STREAM { try systemCall("cannot serve names at \(address)") { [raw = socket.raw] in listen(raw, 16) } }
        return socket
    }

    /// A socket to a server's port 53, with a port of its own that nobody can guess.
    static func connected(to address: IPAddress, _ type: __socket_type, seconds: Int = 2) throws(ApusError) -> OwnedFD {
        let socket = try make(address, type, isBlocking: type == SOCK_STREAM)
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] { _ = unsafe setsockopt(socket.raw, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size)) }
        var other = SocketAddress(address, 53)
        try systemCall("cannot ask the name server \(address)") { [raw = socket.raw] in unsafe other.connect(raw) }
        return socket
    }

    private static func make(_ address: IPAddress, _ type: __socket_type, isBlocking: Bool = false) throws(ApusError) -> OwnedFD {
        let flags = Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | (isBlocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
        return OwnedFD(adopting: try systemCall("cannot make a socket") { Glibc.socket(address.isV4 ? AF_INET : AF_INET6, flags, 0) })
    }
}
