import CShim
import Glibc
public import LinuxSystem

/// Ports of the host that are kept from every other program: a socket is bound to each and held by the container's monitor for as long as the
/// container lives.
///
/// Nobody reads from the sockets: the packets are translated before they come to one.
@safe public final class PortReservation: Sendable {
    /// The ports that were found.
    public let ports: [PublishedPort]
    /// The sockets; closed with the value.
    public let sockets: [Int32]

    private init(_ ports: [PublishedPort], _ sockets: [Int32]) {
        self.ports = ports
        self.sockets = sockets
    }

    deinit { for socket in sockets { close(socket) } }

    /// How many sockets a monitor can hold beside what its plan needs.
    public static let limit = 128

    /// Binds what is asked for.
    ///
    /// - Parameters:
    ///   - hasIPv6: whether ports without an address are those of IPv6 too.
    /// - Throws: `ApusError` with `.conflict` naming the port that another program has.
    public static func take(_ requests: [PortRequest], hasIPv6: Bool) throws(ApusError) -> PortReservation {
        var (ports, sockets): ([PublishedPort], [Int32]) = ([], [])
        do throws(ApusError) {
            for request in requests {
                let taken = try take(request, hasIPv6: hasIPv6 && fileExists("/proc/net/if_inet6"))
                ports += taken.ports
                sockets += taken.sockets
                if sockets.count > limit {
                    throw ApusError(.notSupported, "cannot publish more than \(limit) ports of the host (each of IPv4 and IPv6 counts)")
                }
            }
        } catch {
            for socket in sockets { close(socket) }
            throw error
        }
        return PortReservation(ports, sockets)
    }

    private static func take(_ request: PortRequest, hasIPv6: Bool) throws(ApusError) -> (ports: [PublishedPort], sockets: [Int32]) {
        let addresses = request.hostAddress.map { [$0] } ?? (hasIPv6 ? ["0.0.0.0", "::"] : ["0.0.0.0"])
        let isAny = request.firstHostPort == 0
        let candidates = isAny ? Array(repeating: UInt16(0), count: 16) : Array(request.firstHostPort...request.lastHostPort)
        var failure: ApusError?
        for candidate in candidates {
            var (ports, sockets): ([PublishedPort], [Int32]) = ([], [])
            do throws(ApusError) {
                var number = candidate
                for address in addresses {
                    let socket = try bind(address, number, request.transport)
                    number = socket.port
                    sockets.append(socket.descriptor)
                    ports.append(
                        PublishedPort(transport: request.transport, containerPort: request.containerPort, hostAddress: address, hostPort: number))
                }
                return (ports, sockets)
            } catch {
                for socket in sockets { close(socket) }
                failure = error
                guard error.errno == EADDRINUSE else { break }
            }
        }
        throw failure ?? ApusError(.conflict, "cannot find a free port of the host")
    }

    private static func bind(_ text: String, _ port: UInt16, _ transport: String) throws(ApusError) -> (descriptor: Int32, port: UInt16) {
        guard let address = IPAddress(text) else { throw ApusError(.invalidArgument, "cannot publish at \"\(text)\": it is no IP address") }
        let type = transport == "udp" ? SOCK_DGRAM : SOCK_STREAM
        let family = address.isV4 ? AF_INET : AF_INET6
        let proto = Int32(PublishedPort.numbers[transport] ?? 6)
        let shown = "\(address.isV4 ? text : "[\(text)]"):\(port)/\(transport)"
        let socket: OwnedFD
        do {
            socket = OwnedFD(
                adopting: try systemCall("cannot publish \(shown)") { Glibc.socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), proto) })
        } catch  where error.errno == EPROTONOSUPPORT || error.errno == ESOCKTNOSUPPORT {
            // A kernel without SCTP has no program that could have the port.
            return (try openFile("/dev/null", O_RDONLY).take(), port)
        }
        var bound = SocketAddress(address, port)
        do {
            try systemCall("cannot publish \(shown)") { [raw = socket.raw] in
                var on: Int32 = 1
                if !address.isV4 { _ = unsafe setsockopt(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size)) }
                return unsafe bound.bind(raw)
            }
        } catch  where error.errno == EADDRINUSE {
            throw ApusError(.conflict, "cannot publish \(shown): the port is already allocated", errno: error.errno)
        } catch  where error.errno == EADDRNOTAVAIL {
            throw ApusError(.invalidArgument, "cannot publish \(shown): the host does not have this address", errno: error.errno)
        }
        let number = bound.port(of: socket.raw) ?? port
        return (socket.take(), number)
    }
}
