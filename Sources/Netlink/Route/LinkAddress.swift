/// An address of a network device, as it can be given to another one.
public struct LinkAddress: Equatable, Sendable {
    /// The device's number.
    public let index: Int32
    /// AF_INET (2) or AF_INET6 (10).
    public let family: UInt8
    /// Bits of the network's part.
    public let prefix: UInt8
    /// IFA_F_*.
    public let flags: UInt32
    /// RT_SCOPE_*.
    public let scope: UInt8
    /// IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY: all that belongs to the address and not to the device.
    public let attributes: [UInt16: [UInt8]]

    /// IFA_F_PERMANENT with the scope RT_SCOPE_UNIVERSE: what an administrator gave, not a protocol for this network.
    public var isKept: Bool { flags & 0x80 != 0 && scope == 0 }

    /// The address itself: 4 or 16 bytes.
    public var bytes: [UInt8] { attributes[2] ?? attributes[1] ?? [] }

    /// From RTM_NEWADDR: struct ifaddrmsg, then the attributes.
    public init(_ message: NetlinkMessage) {
        family = message.number(0, as: UInt8.self)
        prefix = message.number(1, as: UInt8.self)
        scope = message.number(3, as: UInt8.self)
        index = message.number(4, as: Int32.self)
        let all = message.attributes(after: 8)
        // IFA_FLAGS has all 32 bits, the structure the first eight.
        flags = all[8].map { readNumber($0[...], 0, as: UInt32.self) } ?? UInt32(message.number(2, as: UInt8.self))
        attributes = all.filter { [1, 2, 4, 9].contains($0.key) }
    }

    /// An address that is to be given.
    ///
    /// An IPv6 address comes without duplicate detection: who gives addresses out knows that they are not taken, and a container uses it at once.
    ///
    /// - Parameter address: 4 or 16 bytes.
    public init(_ address: [UInt8], prefix: UInt8) {
        index = 0
        family = address.count == 4 ? 2 : 10
        self.prefix = prefix
        flags = address.count == 4 ? 0x80 : 0x82
        scope = 0
        attributes = [1: address, 2: address]
    }

    /// RTM_NEWADDR or RTM_DELADDR for a device.
    func message(_ kind: UInt16, for index: Int32, flags: NetlinkMessage.Flags = []) -> NetlinkMessage {
        var message = NetlinkMessage(kind, [family, prefix, UInt8(truncatingIfNeeded: self.flags), scope] + hostBytes(index), flags: flags)
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { message.add(key, value) }
        // What the administrator chose: no duplicate detection, no prefix route, home address, no autojoin. The rest is the kernel's own state.
        let chosen: UInt32 = 0x02 | 0x10 | 0x200 | 0x400
        message.add(8, hostBytes(self.flags & chosen))
        return message
    }
}
