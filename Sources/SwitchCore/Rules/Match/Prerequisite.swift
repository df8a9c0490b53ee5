internal import PacketCore

/// What a packet must be so that a field means anything; a rule that uses the field must match it.
enum Prerequisite: Sendable {
    case vlan, arp, ip, ipv4, ipv6, ports, tcp, icmp, discovery

    /// As a user writes it.
    var words: String {
        switch self {
        case .vlan: "a VLAN tag (dl_vlan or push_vlan)"
        case .arp: "arp"
        case .ip: "ip or ipv6"
        case .ipv4: "ip"
        case .ipv6: "ipv6"
        case .ports: "tcp, udp or sctp"
        case .tcp: "tcp"
        case .icmp: "icmp or icmp6"
        case .discovery: "icmp6,icmp_type=135 or 136"
        }
    }

    /// Whether every packet of a match is of this kind.
    func isMet(by match: Match) -> Bool {
        switch self {
        case .vlan: return match.mask[.vlanControl] & 0x1000 != 0 && match.key[.vlanControl] & 0x1000 != 0
        case .arp: return Prerequisite.type(match, EtherType.arp) || Prerequisite.type(match, EtherType.rarp)
        case .ipv4: return Prerequisite.type(match, EtherType.ipv4)
        case .ipv6: return Prerequisite.type(match, EtherType.ipv6)
        case .ip: return Prerequisite.type(match, EtherType.ipv4) || Prerequisite.type(match, EtherType.ipv6)
        case .tcp: return Prerequisite.proto(match, IPProtocol.tcp)
        case .ports: return [IPProtocol.tcp, IPProtocol.udp, IPProtocol.sctp].contains { Prerequisite.proto(match, $0) }
        case .icmp:
            return Prerequisite.proto(match, IPProtocol.icmp) && Prerequisite.type(match, EtherType.ipv4)
                || Prerequisite.proto(match, IPProtocol.icmpv6) && Prerequisite.type(match, EtherType.ipv6)
        case .discovery:
            return Prerequisite.icmp.isMet(by: match) && Prerequisite.type(match, EtherType.ipv6) && match.mask[.icmpType] == 0xff
                && (match.key[.icmpType] == 135 || match.key[.icmpType] == 136)
        }
    }

    private static func type(_ match: Match, _ type: UInt16) -> Bool { match.mask[.ethernetType] == 0xffff && match.key[.ethernetType] == UInt128(type) }

    private static func proto(_ match: Match, _ proto: UInt8) -> Bool {
        match.mask[.ipProtocol] == 0xff && match.key[.ipProtocol] == UInt128(proto) && Prerequisite.ip.isMet(by: match)
    }
}
