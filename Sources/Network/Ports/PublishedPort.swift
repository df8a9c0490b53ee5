import Netlink

/// A port of the host that leads to a container.
public struct PublishedPort: Codable, Sendable, Equatable {
    /// `tcp`, `udp` or `sctp`.
    public var transport: String
    /// The port in the container.
    public var containerPort: UInt16
    /// The host's address, `0.0.0.0` or `::` for all of them.
    public var hostAddress: String
    /// The host's port.
    public var hostPort: UInt16

    /// `80/tcp`, as Docker names it.
    public var key: String { "\(containerPort)/\(transport)" }

    /// The change that sends the port's packets to the container's addresses; nil where it has none of that version.
    ///
    /// - Parameters:
    ///   - addresses: the container's.
    ///   - comment: the container's id, by which what a crash left is found.
    func element(to addresses: [IPAddress], comment: String) -> (set: String, element: SetElement)? {
        guard let host = IPAddress(hostAddress), let target = addresses.first(where: { $0.isV4 == host.isV4 }) else { return nil }
        let service = SetElement.part([Self.numbers[transport] ?? 6]) + SetElement.part(Self.bytes(hostPort))
        let key = (host.isUnspecified ? [] : SetElement.part(host.bytes)) + service
        let value = target.bytes + SetElement.part(Self.bytes(containerPort))
        return ("ports\(host.isV4 ? 4 : 6)\(host.isUnspecified ? "" : "at")", SetElement(key, maps: value, comment: comment))
    }

    /// The changes that publish ports, or take them back.
    static func changes(_ ports: [PublishedPort], to addresses: [IPAddress], comment: String, adds: Bool) -> [SetChange] {
        var sets: [String: [SetElement]] = [:]
        for port in ports {
            if let (set, element) = port.element(to: addresses, comment: comment) { sets[set, default: []].append(element) }
        }
        return sets.sorted { $0.key < $1.key }.map { adds ? .add($0.value, to: $0.key) : .remove($0.value, from: $0.key) }
    }

    private static func bytes(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)] }

    /// IPPROTO_*.
    static let numbers: [String: UInt8] = ["tcp": 6, "udp": 17, "sctp": 132]
}
