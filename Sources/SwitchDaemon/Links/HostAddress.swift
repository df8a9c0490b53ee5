import PacketCore

/// An address of the host with the length of its network's prefix, such as 10.88.0.1/16.
struct HostAddress: Equatable {
    /// Four or sixteen bytes.
    let bytes: [UInt8]
    /// Bits of the network's part.
    let prefix: UInt8

    /// Reads the text; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = UInt8(parts[1]) else { return nil }
        if let address = IPv4Address(parts[0]) {
            bytes = (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * $0)) }
        } else if let address = IPv6Address(parts[0]) {
            bytes = (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> (120 - 8 * $0)) }
        } else {
            return nil
        }
        if Int(prefix) > bytes.count * 8 { return nil }
        self.prefix = prefix
    }
}
