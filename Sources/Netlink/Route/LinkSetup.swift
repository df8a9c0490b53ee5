public import LinuxSystem

/// What a device gets in one go: addresses, routes and neighbours, each a message of the same datagram.
public struct LinkSetup: Sendable, Equatable {
    /// The number of the device.
    public var index: Int32
    /// Whether it is set up first.
    public var setsUp = true
    /// Addresses.
    public var addresses: [LinkAddress] = []
    /// Routes, in their order: one through a gateway comes after the address that makes the gateway reachable.
    public var routes: [Route] = []
    /// Neighbours.
    public var neighbours: [Neighbour] = []

    /// Nothing yet.
    public init(index: Int32) { self.index = index }

    /// The messages in the order in which the kernel can obey them.
    public var messages: [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        if setsUp { messages.append(NetlinkMessage(RouteKind.newLink, linkHeader(index, flags: 1, change: 1))) }
        messages += addresses.map { $0.message(RouteKind.newAddress, for: index, flags: [.create, .replace]) }
        messages += routes.map { $0.message(RouteKind.newRoute, flags: [.create, .replace]) }
        messages += neighbours.map { $0.message(RouteKind.newNeighbour, flags: [.create, .replace]) }
        return messages
    }
}

extension NetlinkSocket {
    /// Gives a device all of a setup by one datagram.
    public mutating func apply(_ setup: LinkSetup, name: @autoclosure () -> String) throws(ApusError) {
        try ask(setup.messages, to: "set up network device \(name())")
    }

    /// The unicast routes of every table but that of local addresses.
    public mutating func routes() throws(ApusError) -> [Route] {
        try ask(NetlinkMessage(RouteKind.getRoute, [UInt8](repeating: 0, count: 12)), .dump, to: "list the routes").compactMap(Route.init)
    }
}
