internal import LinuxSystem
internal import PacketCore

extension Match {
    /// The words that stand for a type and a protocol.
    static let shortForms: [(name: String, type: UInt16, proto: UInt8?)] = [
        ("tcp6", EtherType.ipv6, IPProtocol.tcp), ("udp6", EtherType.ipv6, IPProtocol.udp), ("sctp6", EtherType.ipv6, IPProtocol.sctp),
        ("icmp6", EtherType.ipv6, IPProtocol.icmpv6), ("tcp", EtherType.ipv4, IPProtocol.tcp), ("udp", EtherType.ipv4, IPProtocol.udp),
        ("sctp", EtherType.ipv4, IPProtocol.sctp), ("icmp", EtherType.ipv4, IPProtocol.icmp), ("ip", EtherType.ipv4, nil),
        ("ipv6", EtherType.ipv6, nil), ("arp", EtherType.arp, nil), ("rarp", EtherType.rarp, nil),
    ]

    /// Takes one word of a rule: "tcp", "nw_src=10.0.0.0/8"; false where it is none of a match.
    mutating func take(_ word: Substring, value: Substring?, ports: PortResolver, _ given: inout Set<Field>) throws(ApusError) -> Bool {
        if let short = Match.shortForms.first(where: { $0.name == word }) {
            guard value == nil else { throw ApusError(.invalidArgument, "\(word) takes no value: \"\(word)=\(value!)\"") }
            try note(.ethernetType, word, &given)
            set(.ethernetType, to: UInt128(short.type))
            if let proto = short.proto {
                try note(.ipProtocol, word, &given)
                set(.ipProtocol, to: UInt128(proto))
            }
            return true
        }
        guard let field = Field(named: word), word.utf8.allSatisfy({ !($0 >= 0x41 && $0 <= 0x5a) }) else { return false }
        guard let value else { throw ApusError(.invalidArgument, "\(word) needs a value: \(word)=…") }
        try note(field, word, &given)
        if value == "*" || value == "ANY" { return true }
        let before = self
        try takeField(field, word, value, ports)
        guard overlaps(before) else { throw ApusError(.invalidArgument, "\(word)=\(value) contradicts what the match says before") }
        return true
    }

    private func note(_ field: Field, _ word: Substring, _ given: inout Set<Field>) throws(ApusError) {
        guard given.insert(field).inserted else { throw ApusError(.invalidArgument, "\(word) says again what \(field.name) is") }
    }

    private mutating func takeField(_ field: Field, _ word: Substring, _ text: Substring, _ ports: PortResolver) throws(ApusError) {
        switch field {
        case .vlanID: try takeVLAN(word, text)
        case .vlanPriority:
            let (value, mask) = try field.parse(text, ports: ports)
            set(field, to: value, mask: mask)
            set(.vlanControl, to: 0x1000, mask: 0x1000)
        case .vlanControl:
            let (value, mask) = try field.parse(text, ports: ports)
            set(field, to: value, mask: mask)
        case .ipTOS where !text.contains("/"):
            // As ovs-ofctl has it: the two bits of ECN do not belong to it.
            let (value, _) = try field.parse(text, ports: ports)
            guard value & 3 == 0 else { throw ApusError(.invalidArgument, "\"\(text)\" is no value for nw_tos", hint: "its low two bits are nw_ecn") }
            set(field, to: value, mask: 0xfc)
        default:
            let (value, mask) = try field.parse(text, ports: ports)
            set(field, to: value, mask: mask)
        }
    }

    /// `dl_vlan=0xffff` is a packet without a tag; `vlan_vid` may have the present bit in value and mask (OpenFlow 1.3, 7.2.3.7).
    private mutating func takeVLAN(_ word: Substring, _ text: Substring) throws(ApusError) {
        if word == "dl_vlan", text == "0xffff" || text == "65535" { return set(.vlanControl, to: 0, mask: 0x1000) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let value = parseNumber(parts[0]), value <= 0x1fff, word == "vlan_vid" || value < 4096 else {
            throw ApusError(.invalidArgument, "\"\(text)\" is no VLAN", hint: "0 to 4095 are, and dl_vlan=0xffff for packets without a tag")
        }
        var mask: UInt128 = 0xfff
        if parts.count == 2 {
            guard let given = parseNumber(parts[1]), given <= 0x1fff else { throw ApusError(.invalidArgument, "\"\(parts[1])\" is no mask for \(word)") }
            mask = given & 0xfff
        } else if word == "vlan_vid", value == 0 {
            return set(.vlanControl, to: 0, mask: 0x1000)
        }
        set(.vlanID, to: value, mask: mask)
        set(.vlanControl, to: 0x1000, mask: 0x1000)
    }

    /// A field that means nothing without another is refused, however the words were ordered.
    func checkPrerequisites(_ given: Set<Field>) throws(ApusError) {
        for field in Field.allCases where given.contains(field) {
            let needs = field.info.needs
            if needs.isEmpty || mask[field] == 0 || field == .vlanID || needs.contains(where: { $0.isMet(by: self) }) { continue }
            throw ApusError(
                .invalidArgument, "\(field.name) means nothing without more in the match", hint: "add \(needs.map(\.words).joined(separator: ", or "))")
        }
    }
}
