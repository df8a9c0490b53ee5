public import LinuxSystem

/// A port of a container that the host shall answer for, as the user wrote it: `[[IP:]HOST[-END]:]CONTAINER[-END][/PROTOCOL]`.
public struct PortRequest: Codable, Sendable, Equatable {
    /// `tcp`, `udp` or `sctp`.
    public var transport: String
    /// The port in the container.
    public var containerPort: UInt16
    /// The host's address; nil for all of them.
    public var hostAddress: String?
    /// The first port of the host that may be taken; 0 for any.
    public var firstHostPort: UInt16
    /// The last port of the host that may be taken.
    public var lastHostPort: UInt16

    /// Makes a request.
    public init(transport: String = "tcp", containerPort: UInt16, hostAddress: String? = nil, hostPorts: ClosedRange<UInt16> = 0...0) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        firstHostPort = hostPorts.lowerBound
        lastHostPort = hostPorts.upperBound
    }

    /// Reads `-p`; ranges become several requests.
    ///
    /// - Throws: `ApusError` with `.invalidArgument` naming the flag's text.
    public static func parse(_ flag: String) throws(ApusError) -> [PortRequest] {
        func invalid(_ reason: String) -> ApusError {
            ApusError(.invalidArgument, "invalid publish \"\(flag)\": \(reason)", hint: "write [[ADDRESS:]PORT:]PORT[/tcp|udp|sctp]")
        }
        guard let (transport, text) = split(flag) else { throw invalid("the protocol is tcp, udp or sctp") }
        var rest = text
        var address: String?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]"), rest[end...].dropFirst().first == ":", IPAddress(rest[..<end].dropFirst())?.isV4 == false else {
                throw invalid("what stands in brackets is an IPv6 address")
            }
            address = String(rest[..<end].dropFirst())
            rest = rest[end...].dropFirst(2)
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 3 && address == nil {
            guard let own = IPAddress(parts[0]), own.isV4 else { throw invalid("\"\(parts[0])\" is no IPv4 address") }
            address = "\(own)"
            parts.removeFirst()
        }
        guard (1...2).contains(parts.count), let ports = range(parts[parts.count - 1]), ports.lowerBound > 0 else {
            throw invalid("the container's port is a number from 1 to 65535, or two of them with - between")
        }
        var hostPorts: ClosedRange<UInt16>?
        if parts.count == 2, !parts[0].isEmpty {
            guard let own = range(parts[0]) else { throw invalid("the host's port is a number up to 65535, or two of them with - between") }
            hostPorts = own.upperBound == 0 ? nil : own
        }
        if let hostPorts, ports.count > 1 || hostPorts.count == 1, ports.count != hostPorts.count {
            throw invalid("the ranges have different lengths")
        }
        return ports.map { port in
            let host = hostPorts.map { ports.count == 1 ? $0 : $0.lowerBound + (port - ports.lowerBound)...$0.lowerBound + (port - ports.lowerBound) }
            return PortRequest(transport: transport, containerPort: port, hostAddress: address, hostPorts: host ?? 0...0)
        }
    }

    /// Reads `--expose` and the image's exposed ports: `PORT[-END][/PROTOCOL]`.
    public static func parse(exposed text: String) throws(ApusError) -> [PortRequest] {
        guard let (transport, rest) = split(text), let ports = range(rest), ports.lowerBound > 0 else {
            throw ApusError(.invalidArgument, "invalid expose \"\(text)\"", hint: "write PORT[/tcp|udp|sctp] or FIRST-LAST[/tcp|udp|sctp]")
        }
        return ports.map { PortRequest(transport: transport, containerPort: $0) }
    }

    private static func split(_ text: String) -> (transport: String, rest: Substring)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        let transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
        return ["tcp", "udp", "sctp"].contains(transport) ? (transport, parts[0]) : nil
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let first = number(parts[0]), let last = number(parts[parts.count - 1]), first <= last else { return nil }
        return first...last
    }

    private static func number(_ text: Substring) -> UInt16? { text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? UInt16(text) : nil }
}
