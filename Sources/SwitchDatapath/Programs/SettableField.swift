import CFlow
import PacketCore

/// A part of the flow key that a datapath's program can set, by its place in the key.
struct SettableField {
    /// APUS_FIELD_*.
    let number: UInt8
    /// The place in the key, in bytes.
    let offset: Int
    /// Bytes.
    let size: Int

    /// Every one; the rest of the key cannot be set.
    static let all: [SettableField] = [
        SettableField(APUS_FIELD_ETH_DST, 24, 6), SettableField(APUS_FIELD_ETH_SRC, 32, 6), SettableField(APUS_FIELD_VLAN_TCI, 42, 2),
        SettableField(APUS_FIELD_IP_PROTO, 48, 1), SettableField(APUS_FIELD_IP_TOS, 49, 1), SettableField(APUS_FIELD_IP_TTL, 50, 1),
        SettableField(APUS_FIELD_SOURCE_PORT, 52, 2), SettableField(APUS_FIELD_DESTINATION_PORT, 54, 2),
        SettableField(APUS_FIELD_IPV6_LABEL, 60, 4), SettableField(APUS_FIELD_IP_SOURCE, 64, 16), SettableField(APUS_FIELD_IP_DESTINATION, 80, 16),
        SettableField(APUS_FIELD_ARP_SOURCE, 96, 6), SettableField(APUS_FIELD_ARP_DESTINATION, 102, 6), SettableField(APUS_FIELD_ND_TARGET, 112, 16),
    ]

    private init(_ field: apus_field, _ offset: Int, _ size: Int) {
        number = UInt8(field.rawValue)
        self.offset = offset
        self.size = size
    }
}

extension FlowKey {
    /// A byte of the key as it lies in memory.
    func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: words[offset / 8] >> UInt64(offset % 8 * 8)) }

    mutating func put(_ byte: UInt8, at offset: Int) {
        let shift = UInt64(offset % 8 * 8)
        words[offset / 8] = words[offset / 8] & ~(0xff << shift) | UInt64(byte) << shift
    }
}
