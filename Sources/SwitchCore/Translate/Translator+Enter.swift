internal import PacketCore

extension Translator {
    /// A packet comes into a bridge by a port: what the port forbids, then the mirrors, then table 0.
    func enter(_ port: Port) {
        let configuration = port.configuration
        trace?.add(depth, .bridge(bridge.configuration.name, configuration.name))
        guard configuration.isUp else { return drop(.portDown) }
        guard !port.isMirrorOutput else { return drop(.mirrorPort) }
        // Nothing else has this type: there is no whole Ethernet header.
        guard key.packet.ethernetType != 0 else { return drop(.malformed) }
        if configuration.rate > 0, port.number.rawValue == original.inPort { append(.meter(MeterID.rate(of: port.number))) }
        if let reason = refusal(of: port) { return drop(reason) }
        mirrorIncoming(port)
        lookUp(table: 0)
    }

    /// Why the guards of a port do not let the packet in.
    private func refusal(of port: Port) -> DropReason? {
        let configuration = port.configuration
        if let guarded = configuration.sourceGuard {
            readSource()
            guard key.packet.ethernetSource == guarded.mac else { return .spoofedSource }
            if let reason = refusal(guarded) { return reason }
        }
        return configuration.trustsServers ? nil : serverRefusal()
    }

    private func refusal(_ guarded: SourceGuard) -> DropReason? {
        switch key.packet.ethernetType {
        // A third tag hides what the frame is.
        case EtherType.vlan, EtherType.serviceVLAN: return .malformed
        case EtherType.ipv4: return isOwn(guarded, ipv4: key.packet.ipv4Source) ? nil : .spoofedSource
        case EtherType.ipv6: return refusalOfIPv6(guarded)
        case EtherType.rarp: return .spoofedSource
        case EtherType.arp:
            read.packet.arpSource = .broadcast
            guard key.packet.arpSource == guarded.mac else { return .spoofedSource }
            read.packet.ipv4Source = IPv4Address(rawValue: ~0)
            // 0.0.0.0 asks whether an address is taken (RFC 5227).
            return key.packet.ipv4Source.rawValue == 0 || guarded.ipv4.contains(key.packet.ipv4Source) ? nil : .spoofedSource
        default: return nil
        }
    }

    private func isOwn(_ guarded: SourceGuard, ipv4 source: IPv4Address) -> Bool {
        read.packet.ipv4Source = IPv4Address(rawValue: ~0)
        if guarded.ipv4.contains(source) { return true }
        guard source.rawValue == 0 else { return false }
        // Nobody yet: only to ask for an address. A header that could not be read is not UDP.
        readTransport()
        read.packet.ipv4Destination = IPv4Address(rawValue: ~0)
        return key.packet.ipProtocol == IPProtocol.udp && key.packet.sourcePort == 68 && key.packet.destinationPort == 67
            && key.packet.ipv4Destination.rawValue == ~0
    }

    private func readTransport() {
        read.packet.ipProtocol = ~0
        read.packet.fragment = ~0
        read.packet.sourcePort = ~0
        read.packet.destinationPort = ~0
    }

    private func refusalOfIPv6(_ guarded: SourceGuard) -> DropReason? {
        read.packet.ipv6Source = IPv6Address(rawValue: ~0)
        read.packet.ipProtocol = ~0
        read.packet.fragment = ~0
        let (source, type) = (key.packet.ipv6Source, key.packet.ipProtocol)
        // What is behind a header that was not read could be anything.
        if IPProtocol.isExtension(type), key.packet.fragment & FlowKey.fragmentLater == 0 { return .malformed }
        guard isOwn(guarded, ipv6: source) || source.rawValue == 0 && type == IPProtocol.icmpv6 else { return .spoofedSource }
        guard type == IPProtocol.icmpv6 else { return nil }
        readTransport()
        guard key.packet.sourcePort == 135 || key.packet.sourcePort == 136 else { return nil }
        read.packet.arpSource = .broadcast
        read.packet.arpDestination = .broadcast
        let options = [key.packet.arpSource, key.packet.arpDestination]
        guard options.allSatisfy({ $0.isZero || $0 == guarded.mac }) else { return .spoofedSource }
        // Who advertises an address, or asks from nowhere whether it is taken, must own it.
        guard key.packet.sourcePort == 136 || source.rawValue == 0 else { return nil }
        read.packet.ndTarget = IPv6Address(rawValue: ~0)
        return isOwn(guarded, ipv6: key.packet.ndTarget) ? nil : .spoofedSource
    }

    private func isOwn(_ guarded: SourceGuard, ipv6 address: IPv6Address) -> Bool {
        guarded.ipv6.contains(address) || address == IPv6Address.linkLocal(of: guarded.mac)
    }

    /// Who answers as a DHCP server or a router without being trusted with it.
    private func serverRefusal() -> DropReason? {
        let type = key.packet.ethernetType
        if type == EtherType.vlan || type == EtherType.serviceVLAN { return .malformed }
        guard type == EtherType.ipv4 || type == EtherType.ipv6 else { return nil }
        read.packet.ipProtocol = ~0
        switch (type, key.packet.ipProtocol) {
        case (EtherType.ipv4, IPProtocol.udp):
            read.packet.sourcePort = ~0
            return key.packet.sourcePort == 67 ? .untrustedServer : nil
        case (EtherType.ipv6, IPProtocol.udp):
            read.packet.sourcePort = ~0
            return key.packet.sourcePort == 547 ? .untrustedServer : nil
        case (EtherType.ipv6, IPProtocol.icmpv6):
            read.packet.sourcePort = ~0
            return key.packet.sourcePort == 134 || key.packet.sourcePort == 137 ? .untrustedServer : nil
        default: return nil
        }
    }
}
