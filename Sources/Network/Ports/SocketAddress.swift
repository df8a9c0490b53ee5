import CShim
import Glibc
import PacketCore

/// An address and port as the kernel takes them (ip(7), ipv6(7)).
public struct SocketAddress: Sendable {
    private var storage = sockaddr_storage()
    private var size: socklen_t

    /// Of an address and a port.
    public init(_ address: IPAddress, _ port: UInt16) {
        switch address {
        case .v4(let own):
            var plain = sockaddr_in()
            plain.sin_family = sa_family_t(AF_INET)
            plain.sin_port = port.bigEndian
            plain.sin_addr.s_addr = own.rawValue.bigEndian
            size = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: plain, as: sockaddr_in.self) }
        case .v6:
            var plain = sockaddr_in6()
            plain.sin6_family = sa_family_t(AF_INET6)
            plain.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &plain.sin6_addr) { unsafe $0.copyBytes(from: address.bytes) }
            size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: plain, as: sockaddr_in6.self) }
        }
    }

    /// bind(2).
    @unsafe public mutating func bind(_ socket: Int32) -> Int32 {
        unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.bind(socket, $0, size) }
        }
    }

    /// connect(2).
    @unsafe public mutating func connect(_ socket: Int32) -> Int32 {
        unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(socket, $0, size) }
        }
    }

    /// Receives a datagram and who sent it (recvfrom(2)).
    @unsafe public static func receive(_ socket: Int32, _ room: inout [UInt8]) -> (count: Int, sender: SocketAddress, address: IPAddress)? {
        var from = SocketAddress(.v4(IPv4Address(rawValue: 0)), 0)
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = unsafe withUnsafeMutablePointer(to: &from.storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe recvfrom(socket, &room, room.count, 0, $0, &length) }
        }
        from.size = length
        guard count >= 0, let address = from.address else { return nil }
        return (count, from, address)
    }

    /// Accepts a connection and says who made it (accept4(2)).
    @unsafe public static func accept(_ socket: Int32) -> (descriptor: Int32, address: IPAddress)? {
        var from = SocketAddress(.v4(IPv4Address(rawValue: 0)), 0)
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = unsafe withUnsafeMutablePointer(to: &from.storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe apus_accept_from(socket, $0, &length) }
        }
        guard descriptor >= 0 else { return nil }
        guard let address = from.address else {
            close(descriptor)
            return nil
        }
        return (descriptor, address)
    }

    /// Sends a datagram there (sendto(2)).
    @unsafe public mutating func send(_ bytes: [UInt8], by socket: Int32) {
        _ = unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, size) }
        }
    }

    /// The address without the port.
    private var address: IPAddress? {
        unsafe withUnsafeBytes(of: storage) { raw in
            switch Int32(unsafe raw.loadUnaligned(as: sa_family_t.self)) {
            case AF_INET: unsafe IPAddress(bytes: Array(raw[4..<8]))
            case AF_INET6: unsafe IPAddress(bytes: Array(raw[8..<24]))
            default: nil
            }
        }
    }

    /// The port that a socket has been bound to.
    public func port(of socket: Int32) -> UInt16? {
        var own = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &own) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(socket, $0, &length) }
        }
        guard result == 0 else { return nil }
        // The port stands at the same place in both versions.
        return unsafe withUnsafeBytes(of: own) { unsafe UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }
}
