internal import LinuxSystem
internal import PacketCore

extension Match {
    /// In the words of `ovs-ofctl`, which parse to the same match; empty for every packet.
    public func text(ports: PortNamer = { _ in nil }) -> String {
        var words: [String] = []
        var left = self
        let type = mask[.ethernetType] == 0xffff ? UInt16(key[.ethernetType]) : 0
        let proto = mask[.ipProtocol] == 0xff ? UInt8(key[.ipProtocol]) : nil
        if let short = Match.shortForms.first(where: { $0.type == type && ($0.proto == nil || $0.proto == proto) }) {
            words.append(short.name)
            left.clear(.ethernetType)
            if short.proto != nil { left.clear(.ipProtocol) }
        }
        left.takeVLAN(&words)
        for field in order(type, proto) where left.mask[field] != 0 {
            if field == .ipTOS, left.mask[field] == 0xfc {
                words.append("nw_tos=\(left.key[field])")
            } else if field == .ipTOS, left.mask[field] == 3 {
                words.append("nw_ecn=\(left.key[field])")
            } else {
                words.append("\(field.name)=" + field.print(left.key[field], mask: left.mask[field], ports: ports))
            }
            left.clear(field)
        }
        return words.joined(separator: ",")
    }

    mutating func clear(_ field: Field) {
        key[field] = 0
        mask[field] = 0
    }

    private mutating func takeVLAN(_ words: inout [String]) {
        let (value, bits) = (key[.vlanControl], mask[.vlanControl])
        defer { clear(.vlanControl) }
        switch (bits, value & 0x1000) {
        case (0, _): break
        case (0x1000, 0): words.append("dl_vlan=0xffff")
        case (0x1fff, 0x1000): words.append("dl_vlan=\(value & 0xfff)")
        case (0xf000, 0x1000): words.append("dl_vlan_pcp=\(value >> 13)")
        case (0xffff, 0x1000): words += ["dl_vlan=\(value & 0xfff)", "dl_vlan_pcp=\(value >> 13)"]
        default: words.append("vlan_tci=" + Field.vlanControl.print(value, mask: bits, ports: { _ in nil }))
        }
    }

    /// Fields that share a place are printed under the name that fits the packet.
    private func order(_ type: UInt16, _ proto: UInt8?) -> [Field] {
        var fields: [Field] = [
            .register0, .register1, .register2, .register3, .register4, .register5, .register6, .register7, .tunnelID, .tunnelSource, .metadata, .inPort,
            .ethernetSource, .ethernetDestination, .ethernetType,
        ]
        switch type {
        case EtherType.arp, EtherType.rarp: fields += [.arpSenderIP, .arpTargetIP, .arpOperation, .arpSender, .arpTarget]
        case EtherType.ipv6: fields += [.ipv6Source, .ipv6Destination, .ipv6Label, .ipProtocol]
        default: fields += [.ipv4Source, .ipv4Destination, .ipProtocol]
        }
        fields += [.ipTOS, .ipTTL, .fragment]
        let isICMP = proto == IPProtocol.icmp && type == EtherType.ipv4 || proto == IPProtocol.icmpv6 && type == EtherType.ipv6
        fields += isICMP ? [.icmpType, .icmpCode, .ndTarget, .ndSourceOption, .ndTargetOption] : [.sourcePort, .destinationPort, .tcpFlags]
        return fields
    }
}
