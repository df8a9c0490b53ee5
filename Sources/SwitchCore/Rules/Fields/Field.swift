/// A field that rules match or set, with the names that `ovs-fields(7)` gives it.
///
/// Fields may overlap: `nw_src` of IPv4, `ipv6_src` and `arp_spa` share their place in the key; `nw_tos` is `ip_dscp` with `nw_ecn`.
public enum Field: UInt8, CaseIterable, Sendable {
    case inPort, tunnelID, tunnelSource, metadata
    case register0, register1, register2, register3, register4, register5, register6, register7
    case ethernetSource, ethernetDestination, ethernetType
    case vlanControl, vlanID, vlanPriority
    case ipv4Source, ipv4Destination, ipv6Source, ipv6Destination, ipv6Label
    case ipProtocol, ipTOS, ipDSCP, ipECN, ipTTL, fragment
    case sourcePort, destinationPort, tcpFlags, icmpType, icmpCode
    case arpOperation, arpSenderIP, arpTargetIP, arpSender, arpTarget
    case ndTarget, ndSourceOption, ndTargetOption
}

/// How a field's value is written.
enum FieldForm: Sendable {
    case decimal, hexadecimal, mac, ipv4, ipv6, port, tcpFlags, fragment
}

/// What is known of a field: its place in `PipelineKey` and its names.
struct FieldInfo: Sendable {
    /// The first is printed.
    let names: [String]
    /// Of the first byte.
    let offset: Int
    /// 1, 2, 4, 6, 8 or 16.
    let bytes: Int
    /// Of the number that the bytes are: the lowest bit of the field, and how many bits it has.
    let low: Int
    let bits: Int
    let form: FieldForm
    /// What a match or an action needs beside it; any of these.
    let needs: [Prerequisite]
    let isWritable: Bool
    /// A number of our own, in host order.
    let isHostOrder: Bool

    init(
        _ names: String, _ offset: Int, _ bytes: Int, _ form: FieldForm, needs: [Prerequisite] = [], low: Int = 0, bits: Int? = nil, readOnly: Bool = false,
        host: Bool = false
    ) {
        self.names = names.split(separator: " ").map(String.init)
        (self.offset, self.bytes, self.low, self.bits) = (offset, bytes, low, bits ?? bytes * 8)
        (self.form, self.needs, self.isWritable, self.isHostOrder) = (form, needs, !readOnly, host)
    }
}

extension Field {
    /// In the order of the cases.
    private static let table: [FieldInfo] =
        [
            FieldInfo("in_port", 0, 4, .port, host: true),
            FieldInfo("tun_id tunnel_id", 8, 8, .hexadecimal, readOnly: true),
            FieldInfo("tun_src", 16, 4, .ipv4, readOnly: true),
            FieldInfo("metadata", 128, 8, .hexadecimal, host: true),
        ] + (0..<8).map { FieldInfo("reg\($0)", 136 + 4 * $0, 4, .hexadecimal, host: true) } + [
            FieldInfo("dl_src eth_src", 32, 6, .mac),
            FieldInfo("dl_dst eth_dst", 24, 6, .mac),
            FieldInfo("dl_type eth_type", 30, 2, .hexadecimal, readOnly: true),
            FieldInfo("vlan_tci", 42, 2, .hexadecimal, needs: []),
            FieldInfo("dl_vlan vlan_vid", 42, 2, .decimal, needs: [.vlan], bits: 12),
            FieldInfo("dl_vlan_pcp vlan_pcp", 42, 2, .decimal, needs: [.vlan], low: 13, bits: 3),
            FieldInfo("nw_src ip_src ipv4_src", 64, 4, .ipv4, needs: [.ipv4, .arp]),
            FieldInfo("nw_dst ip_dst ipv4_dst", 80, 4, .ipv4, needs: [.ipv4, .arp]),
            FieldInfo("ipv6_src", 64, 16, .ipv6, needs: [.ipv6]),
            FieldInfo("ipv6_dst", 80, 16, .ipv6, needs: [.ipv6]),
            FieldInfo("ipv6_label", 60, 4, .hexadecimal, needs: [.ipv6], bits: 20),
            FieldInfo("nw_proto ip_proto", 48, 1, .decimal, needs: [.ip, .arp], readOnly: true),
            FieldInfo("nw_tos ip_tos", 49, 1, .decimal, needs: [.ip]),
            FieldInfo("ip_dscp nw_dscp", 49, 1, .decimal, needs: [.ip], low: 2, bits: 6),
            FieldInfo("nw_ecn ip_ecn", 49, 1, .decimal, needs: [.ip], bits: 2),
            FieldInfo("nw_ttl ip_ttl", 50, 1, .decimal, needs: [.ip]),
            FieldInfo("nw_frag ip_frag", 51, 1, .fragment, needs: [.ip], bits: 2, readOnly: true),
            FieldInfo("tp_src tcp_src udp_src sctp_src", 52, 2, .decimal, needs: [.ports]),
            FieldInfo("tp_dst tcp_dst udp_dst sctp_dst", 54, 2, .decimal, needs: [.ports]),
            FieldInfo("tcp_flags", 56, 2, .tcpFlags, needs: [.tcp], bits: 12, readOnly: true),
            FieldInfo("icmp_type icmpv4_type icmpv6_type", 53, 1, .decimal, needs: [.icmp]),
            FieldInfo("icmp_code icmpv4_code icmpv6_code", 55, 1, .decimal, needs: [.icmp]),
            FieldInfo("arp_op", 48, 1, .decimal, needs: [.arp]),
            FieldInfo("arp_spa", 64, 4, .ipv4, needs: [.arp]),
            FieldInfo("arp_tpa", 80, 4, .ipv4, needs: [.arp]),
            FieldInfo("arp_sha", 96, 6, .mac, needs: [.arp]),
            FieldInfo("arp_tha", 102, 6, .mac, needs: [.arp]),
            FieldInfo("nd_target", 112, 16, .ipv6, needs: [.discovery]),
            FieldInfo("nd_sll", 96, 6, .mac, needs: [.discovery]),
            FieldInfo("nd_tll", 102, 6, .mac, needs: [.discovery]),
        ]

    private static let byName: [String: Field] = Dictionary(uniqueKeysWithValues: allCases.flatMap { field in field.info.names.map { ($0, field) } })

    var info: FieldInfo { Field.table[Int(rawValue)] }

    /// The name that is printed.
    public var name: String { info.names[0] }

    /// Every bit of the field, as a number.
    var allBits: UInt128 { info.bits == 128 ? ~0 : (1 << UInt128(info.bits)) - 1 }

    /// Also takes the names of `ovs-actions(7)` ("NXM_OF_ETH_SRC", "OXM_OF_IPV4_DST", "NXM_NX_REG0").
    init?(named name: some StringProtocol) {
        var name = name.lowercased()
        for prefix in ["nxm_of_", "nxm_nx_", "oxm_of_"] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        guard let field = Field.byName[name] else { return nil }
        self = field
    }
}

extension PipelineKey {
    /// A field as a number in host order; in a mask, the mask of the field.
    public subscript(field: Field) -> UInt128 {
        get { (number(field.info) >> UInt128(field.info.low)) & field.allBits }
        set {
            let info = field.info
            let all = field.allBits << UInt128(info.low)
            var number = number(info) & ~all | (newValue << UInt128(info.low)) & all
            for index in 0..<info.bytes {
                self[byte: info.offset + (info.isHostOrder ? index : info.bytes - 1 - index)] = UInt8(truncatingIfNeeded: number)
                number >>= 8
            }
        }
    }

    private func number(_ info: FieldInfo) -> UInt128 {
        var number: UInt128 = 0
        for index in 0..<info.bytes { number = number << 8 | UInt128(self[byte: info.offset + (info.isHostOrder ? info.bytes - 1 - index : index)]) }
        return number
    }
}
