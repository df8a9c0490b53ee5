public import PacketCore

extension FlowKey {
    /// A key under a mask in the words of rules; what no rule can name (a count of tags, a tag's protocol) is put into words of its own.
    public func text(mask: FlowKey, ports: PortNamer = { _ in nil }) -> String {
        var match = Match()
        match.mask = PipelineKey(mask)
        match.key = PipelineKey(self)
        for index in 0..<FlowKey.wordCount { match.key.packet.words[index] &= mask.words[index] }
        var words: [String] = []
        if mask.vlanCount != 0 {
            if vlanCount == 0 { match.set(.vlanControl, to: 0, mask: 0x1000) }
            if vlanCount > 0 {
                match.mask[.vlanControl] &= 0xffff
                if vlanProtocol & mask.vlanProtocol == EtherType.serviceVLAN { words.append("vlan_tpid=0x88a8") }
            }
            if vlanCount > 1, mask.innerVLANControl != 0 { words.append("inner_vlan=\(innerVLANControl & 0xfff)") }
        }
        if vlanCount == 0, mask.vlanControl & FlowKey.vlanPresent != 0 {
            match.clear(.vlanControl)
            match.set(.vlanControl, to: 0, mask: 0x1000)
        }
        return (words + [match.text(ports: ports)].filter { !$0.isEmpty }).joined(separator: ",")
    }

    /// All that the key says, for one packet.
    public func text(ports: PortNamer = { _ in nil }) -> String {
        var mask = FlowKey()
        for index in 0..<FlowKey.wordCount { mask.words[index] = words[index] == 0 ? 0 : ~0 }
        mask.recirculation = 0
        mask.bondHash = 0
        mask.inPort = ~0
        mask.ethernetSource = .broadcast
        mask.ethernetDestination = .broadcast
        mask.ethernetType = ~0
        mask.vlanCount = ~0
        mask.vlanControl = ~0
        if fragment == 0 { mask.fragment = 0 }
        let isIP = ethernetType == EtherType.ipv4 || ethernetType == EtherType.ipv6
        if isIP { (mask.ipTOS, mask.ipTTL, mask.ipProtocol) = (~0, ~0, ~0) }
        if ethernetType != EtherType.ipv6 { (mask.words[9], mask.words[11]) = (0, 0) }
        if ipProtocol != IPProtocol.tcp || !isIP { mask.tcpFlags = 0 } else { mask.tcpFlags = 0xfff }
        mask.ipv6Label = ipv6Label == 0 ? 0 : 0xfffff
        mask.words[6] = isIP || ethernetType == EtherType.arp || ethernetType == EtherType.rarp ? mask.words[6] : 0
        if ethernetType == EtherType.arp { mask.words[6] = 0xff }
        return text(mask: mask, ports: ports)
    }
}

extension DatapathAction {
    /// For people: "set(dl_dst=…)", "push_vlan(vid=10)", "output(web)".
    public func text(ports: PortNamer = { _ in nil }) -> String {
        switch self {
        case .output(let port): return ports(port).map(quotedIfNeeded) ?? String(port.rawValue)
        case .set(let value, let mask): return "set(" + DatapathAction.fields(value, mask) + ")"
        case .pushVLAN(let type, let control):
            let priority = control >> 13
            return "push_vlan(" + (type == EtherType.vlan ? "" : "tpid=0x\(String(type, radix: 16)),") + "vid=\(control & 0xfff)"
                + (priority == 0 ? "" : ",pcp=\(priority)") + ")"
        case .popVLAN: return "pop_vlan"
        case .meter(let id):
            if MeterID.isOfPackets(id) { return "meter(storm of \(id & 0x3fff_ffff))" }
            return id >> 31 != 0 ? "meter(rate of \(id & 0x3fff_ffff))" : "meter(\(id))"
        case .upcall(let reason): return "upcall(\(reason.name))"
        case .drop(let reason): return "drop(\(reason.name))"
        }
    }

    /// Names are those of IPv4 and of ports where several share a place.
    private static func fields(_ value: FlowKey, _ mask: FlowKey) -> String {
        var (key, left) = (PipelineKey(value), PipelineKey(mask))
        var words: [String] = []
        let isWide = mask.words[8] >> 32 != 0 || mask.words[9] != 0 || mask.words[10] >> 32 != 0 || mask.words[11] != 0
        var order: [Field] = [.ethernetSource, .ethernetDestination]
        order += isWide ? [.ipv6Source, .ipv6Destination] : [.ipv4Source, .ipv4Destination]
        order += [.ipv6Label, .ipProtocol, .ipTOS, .ipTTL, .sourcePort, .destinationPort, .arpSender, .arpTarget, .ndTarget]
        for field in order where left[field] != 0 {
            words.append("\(field.name)=" + field.print(key[field] & left[field], mask: left[field], ports: { _ in nil }))
            left[field] = 0
            key[field] = 0
        }
        return words.joined(separator: ",")
    }

    /// A whole list; an empty one drops.
    public static func text(_ actions: [DatapathAction], ports: PortNamer = { _ in nil }) -> String {
        actions.isEmpty ? "drop" : actions.map { $0.text(ports: ports) }.joined(separator: ",")
    }
}

extension UpcallReason {
    /// As users read it.
    public var name: String {
        switch self {
        case .miss: "miss"
        case .controller: "controller"
        case .slowPath: "slow-path"
        case .capture: "capture"
        }
    }
}

extension DropReason {
    /// As users read it, and as counters are named.
    public var name: String {
        switch self {
        case .rule: "rule"
        case .noRule: "no-rule"
        case .unknownPort: "unknown-port"
        case .portDown: "port-down"
        case .malformed: "malformed"
        case .vlanNotAllowed: "vlan-not-allowed"
        case .spoofedSource: "spoofed-source"
        case .isolated: "isolated"
        case .macLimit: "mac-limit"
        case .storm: "storm"
        case .meter: "meter"
        case .ttlExpired: "ttl-expired"
        case .tooDeep: "too-deep"
        case .sourcePort: "source-port"
        case .mtu: "mtu"
        case .upcallQueueFull: "upcall-queue-full"
        case .slowPathFailed: "slow-path-failed"
        case .reservedMulticast: "reserved-multicast"
        case .portRate: "port-rate"
        case .mirrorPort: "mirror-port"
        case .untrustedServer: "untrusted-server"
        }
    }
}
