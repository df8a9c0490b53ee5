public import PacketCore

extension MACAddress {
    /// The address of a container's device by its address in the network: locally administered, and the same whenever the container has the
    /// same address, so that no neighbour knows an old one.
    public init(for address: IPAddress) {
        // 02:61 and the last four bytes; for IPv6 all sixteen are folded into them.
        let number = address.number
        let folded = address.isV4 ? number : number ^ number >> 32 ^ number >> 64 ^ number >> 96
        self.init(rawValue: 0x0261 << 32 | UInt64(truncatingIfNeeded: folded) & 0xffff_ffff)
    }

    /// Its six bytes.
    public var bytes: [UInt8] { stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: rawValue >> UInt64($0)) } }
}
