import LinuxSystem

/// What is known of a network device.
struct NetworkLink: Equatable {
    let index: Int32
    let name: String
    let isUp: Bool

    /// From RTM_NEWLINK: struct ifinfomsg, then IFLA_IFNAME.
    init(_ message: RouteMessage) {
        index = message.number(4, as: Int32.self)
        isUp = message.number(8, as: UInt32.self) & 1 == 1
        name = String(decoding: (message.attributes(after: 16)[3] ?? []).prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// An address of a network device, as it can be given to another one.
struct NetworkAddress: Equatable {
    let index: Int32
    let family: UInt8
    let prefix: UInt8
    let flags: UInt32
    let scope: UInt8
    /// IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY: all that belongs to the address and not to the device.
    let attributes: [UInt16: [UInt8]]

    /// IFA_F_PERMANENT with the scope RT_SCOPE_UNIVERSE: what an administrator gave, not a protocol for this network.
    var isKept: Bool { flags & 0x80 != 0 && scope == 0 }

    /// From RTM_NEWADDR: struct ifaddrmsg, then the attributes.
    init(_ message: RouteMessage) {
        family = message.number(0, as: UInt8.self)
        prefix = message.number(1, as: UInt8.self)
        scope = message.number(3, as: UInt8.self)
        index = message.number(4, as: Int32.self)
        let all = message.attributes(after: 8)
        // IFA_FLAGS has all 32 bits, the structure the first eight.
        flags = all[8].map { RouteMessage.number($0[...], 0, as: UInt32.self) } ?? UInt32(message.number(2, as: UInt8.self))
        attributes = all.filter { [1, 2, 4, 9].contains($0.key) }
    }

    /// RTM_NEWADDR for another device.
    func message(for index: Int32) -> RouteMessage {
        var message = RouteMessage(.newAddress, [family, prefix, UInt8(truncatingIfNeeded: flags), scope] + bytes(index))
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { message.add(key, value) }
        // What the administrator chose: no duplicate detection, no prefix route, home address, no autojoin. The rest is the kernel's own state.
        let chosen: UInt32 = 0x02 | 0x10 | 0x200 | 0x400
        message.add(8, bytes(flags & chosen))
        return message
    }
}

extension RouteSocket {
    /// struct ifinfomsg.
    private static func link(_ index: Int32, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
        [0, 0, 0, 0] + bytes(index) + bytes(flags) + bytes(change)
    }

    /// Every device of the namespace.
    mutating func links() throws(ApusError) -> [NetworkLink] {
        try ask(RouteMessage(.getLink, Self.link(0)), .dump, to: "list the network devices").map(NetworkLink.init)
    }

    /// The addresses of a device.
    mutating func addresses(of link: NetworkLink) throws(ApusError) -> [NetworkAddress] {
        try ask(RouteMessage(.getAddress, [0, 0, 0, 0, 0, 0, 0, 0]), .dump, to: "list the addresses of network device \(link.name)")
            .map(NetworkAddress.init).filter { $0.index == link.index }
    }

    /// Sets a device up or down.
    mutating func set(_ link: NetworkLink, up: Bool) throws(ApusError) {
        try ask(RouteMessage(.newLink, Self.link(link.index, flags: up ? 1 : 0, change: 1)), to: "set network device \(link.name) \(up ? "up" : "down")")
    }

    /// Moves a device into the namespace behind a descriptor, under a name, in one step.
    mutating func move(_ link: NetworkLink, to namespace: Int32, as name: String) throws(ApusError) {
        var message = RouteMessage(.newLink, Self.link(link.index))
        message.add(3, Array(name.utf8) + [0])
        message.add(28, bytes(namespace))  // IFLA_NET_NS_FD
        try ask(message, to: "move network device \(link.name) to the container as \(name)")
    }

    /// Gives a device an address.
    mutating func add(_ address: NetworkAddress, to link: NetworkLink) throws(ApusError) {
        try ask(address.message(for: link.index), [.create, .replace], to: "give network device \(link.name) its address")
    }
}
