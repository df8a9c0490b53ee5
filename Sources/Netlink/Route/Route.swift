/// A way to a network, in the main table.
public struct Route: Equatable, Sendable {
    /// The network: 4 or 16 bytes.
    public var destination: [UInt8]
    /// Bits of the network's part; 0 is the default route.
    public var prefix: UInt8
    /// The next hop, as long as the destination; nil for a network on the link.
    public var gateway: [UInt8]?
    /// The number of the device.
    public var index: Int32
    /// Which of several routes is taken: the least; 0 for the kernel's own choice.
    public var metric: UInt32

    /// Describes a route.
    public init(to destination: [UInt8], prefix: UInt8, gateway: [UInt8]? = nil, index: Int32, metric: UInt32 = 0) {
        self.destination = destination
        self.prefix = prefix
        self.gateway = gateway
        self.index = index
        self.metric = metric
    }

    /// The default route of a family.
    public static func standard(gateway: [UInt8], index: Int32) -> Route {
        Route(to: [UInt8](repeating: 0, count: gateway.count), prefix: 0, gateway: gateway, index: index)
    }

    /// RTM_NEWROUTE or RTM_DELROUTE: struct rtmsg, then attributes.
    func message(_ kind: UInt16, flags: NetlinkMessage.Flags = []) -> NetlinkMessage {
        let family: UInt8 = destination.count == 4 ? 2 : 10
        // Table main (254), protocol static (4), scope universe or link, type unicast.
        let scope: UInt8 = gateway == nil && family == 2 ? 253 : 0
        var message = NetlinkMessage(kind, [family, prefix, 0, 0, 254, 4, scope, 1, 0, 0, 0, 0], flags: flags)
        if prefix > 0 { message.add(1, destination) }  // RTA_DST
        if let gateway { message.add(5, gateway) }  // RTA_GATEWAY
        message.add(4, hostBytes(index))  // RTA_OIF
        if metric != 0 { message.add(6, hostBytes(metric)) }  // RTA_PRIORITY
        return message
    }

    /// From RTM_NEWROUTE; nil for what is not a unicast route.
    ///
    /// The table may be any but that of local addresses.
    public init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: 12)
        let family = message.number(0, as: UInt8.self)
        guard message.number(7, as: UInt8.self) == 1, family == 2 || family == 10, message.number(4, as: UInt8.self) != 255 else { return nil }
        prefix = message.number(1, as: UInt8.self)
        destination = attributes[1] ?? [UInt8](repeating: 0, count: family == 2 ? 4 : 16)
        gateway = attributes[5]
        index = readNumber(attributes[4, default: []][...], 0, as: Int32.self)
        metric = readNumber(attributes[6, default: []][...], 0, as: UInt32.self)
    }
}

/// The hardware address of a machine on a link, which is then not asked for.
public struct Neighbour: Equatable, Sendable {
    /// The machine's address: 4 or 16 bytes.
    public var address: [UInt8]
    /// Its hardware address: 6 bytes.
    public var hardware: [UInt8]
    /// The number of the device.
    public var index: Int32

    /// Describes an entry that stays (NUD_PERMANENT).
    public init(_ address: [UInt8], at hardware: [UInt8], index: Int32) {
        self.address = address
        self.hardware = hardware
        self.index = index
    }

    /// RTM_NEWNEIGH or RTM_DELNEIGH: struct ndmsg, then attributes.
    func message(_ kind: UInt16, flags: NetlinkMessage.Flags = []) -> NetlinkMessage {
        var message = NetlinkMessage(kind, [address.count == 4 ? 2 : 10, 0, 0, 0] + hostBytes(index) + [0x80, 0, 0, 0], flags: flags)
        message.add(1, address)  // NDA_DST
        message.add(2, hardware)  // NDA_LLADDR
        return message
    }
}
