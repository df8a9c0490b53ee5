extension PacketEditor {
    /// Where the checksum of the transport's header is; 0 for none, and where UDP says that it has none.
    private func transportChecksum() -> Int {
        let header = layout.transport
        guard header > 0 else { return 0 }
        switch key.ipProtocol {
        case IPProtocol.tcp: return header + 16
        case IPProtocol.udp: return load(header + 6, as: UInt16.self) == 0 && offload.partialChecksum != header + 6 ? 0 : header + 6
        case IPProtocol.icmp, IPProtocol.icmpv6: return header + 2
        default: return 0
        }
    }

    /// UDP writes a sum of 0 as 0xffff, as 0 means that there is none.
    private mutating func storeChecksum(_ value: UInt16, _ place: Int) {
        store(value == 0 && key.ipProtocol == IPProtocol.udp ? 0xffff : value, place)
    }

    /// An address of the pseudo header has changed.
    mutating func repairPseudoHeader(_ old: UInt128, _ new: UInt128) {
        // ICMP of IPv4 has no pseudo header.
        if key.ipProtocol == IPProtocol.icmp { return }
        let place = transportChecksum()
        guard place > 0 else { return }
        let value = load(place, as: UInt16.self)
        if place == offload.partialChecksum {
            // The sum itself, not its complement; nobody takes a 0 in it for "none".
            store(~InternetChecksum.updated(~value, from: old, to: new), place)
        } else {
            storeChecksum(InternetChecksum.updated(value, from: old, to: new), place)
        }
    }

    /// A word under the transport's checksum gets other bits.
    ///
    /// A partial checksum does not cover it yet.
    private mutating func setWord(_ offset: Int, _ value: UInt16, _ mask: UInt16) {
        guard mask != 0 else { return }
        let old = load(offset, as: UInt16.self)
        let new = old & ~mask | value & mask
        guard new != old else { return }
        let place = transportChecksum()
        store(new, offset)
        guard place > 0, place != offload.partialChecksum else { return }
        storeChecksum(InternetChecksum.updated(load(place, as: UInt16.self), from: old, to: new), place)
    }

    mutating func setTransport(_ value: FlowKey, _ mask: FlowKey) {
        let header = layout.transport
        guard header > 0 else { return }
        switch key.ipProtocol {
        case IPProtocol.tcp, IPProtocol.udp:
            setWord(header, value.sourcePort, mask.sourcePort)
            setWord(header + 2, value.destinationPort, mask.destinationPort)
        case IPProtocol.sctp: setSCTP(value, mask)
        default:
            setWord(header, value.sourcePort << 8 | value.destinationPort & 0xff, mask.sourcePort << 8 | mask.destinationPort & 0xff)
            setDiscovery(value, mask)
        }
    }

    /// The CRC covers the whole packet, which is not here in a fragment or a segment: of these the ports are left alone, or the kernel makes the CRC.
    private mutating func setSCTP(_ value: FlowKey, _ mask: FlowKey) {
        guard mask.sourcePort | mask.destinationPort != 0, key.fragment == 0 else { return }
        let header = layout.transport
        let isPartial = offload.partialChecksum == header + 8
        let old = isPartial ? 0 : checksumOfSCTP()
        store(load(header, as: UInt16.self) & ~mask.sourcePort | value.sourcePort & mask.sourcePort, header)
        store(load(header + 2, as: UInt16.self) & ~mask.destinationPort | value.destinationPort & mask.destinationPort, header + 2)
        // What was wrong stays wrong by the same bits.
        if !isPartial { store(load(header + 8, as: UInt32.self) ^ old ^ checksumOfSCTP(), header + 8) }
    }

    private func checksumOfSCTP() -> UInt32 {
        let header = layout.transport
        let network = layout.network
        let length = Int(load(network + (key.ethernetType == EtherType.ipv4 ? 2 : 4), as: UInt16.self))
        let end = min(count, network + length + (key.ethernetType == EtherType.ipv4 ? 0 : 40))
        var sum = CRC32C()
        var offset = header
        while offset < max(end, header + 12) {
            sum.add(offset >= header + 8 && offset < header + 12 ? 0 : load8(offset))
            offset += 1
        }
        return sum.value.byteSwapped
    }

    private mutating func setDiscovery(_ value: FlowKey, _ mask: FlowKey) {
        guard key.ipProtocol == IPProtocol.icmpv6, key.sourcePort == 135 || key.sourcePort == 136, key.destinationPort == 0 else { return }
        if mask.ndTarget.rawValue != 0, layout.transport + 24 <= count {
            setWords(layout.transport + 8, 8, value.ndTarget.rawValue, mask.ndTarget.rawValue)
        }
        if layout.sourceOption > 0 { setWords(layout.sourceOption + 2, 3, UInt128(value.arpSource.rawValue), UInt128(mask.arpSource.rawValue)) }
        if layout.targetOption > 0 { setWords(layout.targetOption + 2, 3, UInt128(value.arpDestination.rawValue), UInt128(mask.arpDestination.rawValue)) }
    }

    private mutating func setWords(_ offset: Int, _ words: Int, _ value: UInt128, _ mask: UInt128) {
        for index in 0..<words {
            let shift = UInt128(16 * (words - 1 - index))
            setWord(offset + 2 * index, UInt16(truncatingIfNeeded: value >> shift), UInt16(truncatingIfNeeded: mask >> shift))
        }
    }
}
