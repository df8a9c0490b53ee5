extension PacketEditor {
    /// The bits of `mask` of the header fields become those of `value`; what the packet does not have is left alone.
    ///
    /// Fields that `DatapathAction.set` does not allow (tags, types, IP's protocol, fragments, TCP's flags) are left alone too.
    public mutating func set(_ value: FlowKey, mask: FlowKey) {
        guard count >= 14 else { return }
        setMAC(0, value.ethernetDestination, mask.ethernetDestination)
        setMAC(6, value.ethernetSource, mask.ethernetSource)
        guard layout.network > 0 else { return }
        switch key.ethernetType {
        case EtherType.ipv4: setIPv4(value, mask)
        case EtherType.ipv6: setIPv6(value, mask)
        default: setARP(value, mask)
        }
    }

    private mutating func setMAC(_ offset: Int, _ value: MACAddress, _ mask: MACAddress) {
        guard !mask.isZero else { return }
        storeMAC(loadMAC(offset) & ~mask.rawValue | value.rawValue & mask.rawValue, offset)
    }

    private mutating func setARP(_ value: FlowKey, _ mask: FlowKey) {
        let header = layout.network
        if mask.ipProtocol != 0 {
            let old = load(header + 6, as: UInt16.self)
            store(old & 0xff & ~UInt16(mask.ipProtocol) | UInt16(value.ipProtocol & mask.ipProtocol), header + 6)
        }
        setMAC(header + 8, value.arpSource, mask.arpSource)
        setMAC(header + 18, value.arpDestination, mask.arpDestination)
        set32(header + 14, value.ipv4Source.rawValue, mask.ipv4Source.rawValue)
        set32(header + 24, value.ipv4Destination.rawValue, mask.ipv4Destination.rawValue)
    }

    private mutating func set32(_ offset: Int, _ value: UInt32, _ mask: UInt32) {
        guard mask != 0 else { return }
        store(load(offset, as: UInt32.self) & ~mask | value & mask, offset)
    }

    private mutating func setIPv4(_ value: FlowKey, _ mask: FlowKey) {
        let header = layout.network
        // The words that hold the type of service and the time to live.
        setIPv4Word(header, UInt16(value.ipTOS), UInt16(mask.ipTOS))
        setIPv4Word(header + 8, UInt16(value.ipTTL) << 8, UInt16(mask.ipTTL) << 8)
        setIPv4Address(header + 12, value.ipv4Source.rawValue, mask.ipv4Source.rawValue)
        setIPv4Address(header + 16, value.ipv4Destination.rawValue, mask.ipv4Destination.rawValue)
        setTransport(value, mask)
    }

    private mutating func setIPv4Word(_ offset: Int, _ value: UInt16, _ mask: UInt16) {
        guard mask != 0 else { return }
        let old = load(offset, as: UInt16.self)
        let new = old & ~mask | value & mask
        guard new != old else { return }
        store(new, offset)
        let checksum = layout.network + 10
        store(InternetChecksum.updated(load(checksum, as: UInt16.self), from: old, to: new), checksum)
    }

    private mutating func setIPv4Address(_ offset: Int, _ value: UInt32, _ mask: UInt32) {
        guard mask != 0 else { return }
        let old = load(offset, as: UInt32.self)
        let new = old & ~mask | value & mask
        guard new != old else { return }
        store(new, offset)
        let checksum = layout.network + 10
        store(InternetChecksum.updated(load(checksum, as: UInt16.self), from: old, to: new), checksum)
        repairPseudoHeader(UInt128(old), UInt128(new))
    }

    private mutating func setIPv6(_ value: FlowKey, _ mask: FlowKey) {
        let header = layout.network
        set32(header, UInt32(value.ipTOS) << 20 | value.ipv6Label & 0xfffff, UInt32(mask.ipTOS) << 20 | mask.ipv6Label & 0xfffff)
        if mask.ipTTL != 0 { store(load8(header + 7) & ~mask.ipTTL | value.ipTTL & mask.ipTTL, header + 7) }
        setIPv6Address(header + 8, value.ipv6Source.rawValue, mask.ipv6Source.rawValue)
        setIPv6Address(header + 24, value.ipv6Destination.rawValue, mask.ipv6Destination.rawValue)
        setTransport(value, mask)
    }

    private mutating func setIPv6Address(_ offset: Int, _ value: UInt128, _ mask: UInt128) {
        guard mask != 0 else { return }
        let old = UInt128(load(offset, as: UInt64.self)) << 64 | UInt128(load(offset + 8, as: UInt64.self))
        let new = old & ~mask | value & mask
        guard new != old else { return }
        store(UInt64(truncatingIfNeeded: new >> 64), offset)
        store(UInt64(truncatingIfNeeded: new), offset + 8)
        // Under a routing header that is not used up the checksum covers the last destination, not this one (RFC 8200, 8.1).
        if offset == layout.network + 24, isRouted() { return }
        repairPseudoHeader(old, new)
    }

    /// Whether a routing header names further destinations; the chain was found whole when the key was read.
    private func isRouted() -> Bool {
        var type = load8(layout.network + 6)
        var place = layout.network + 40
        for _ in 0..<8 {
            guard IPProtocol.isExtension(type), place + 8 <= count else { return false }
            if type == IPProtocol.routing, load8(place + 3) > 0 { return true }
            let length =
                type == IPProtocol.fragment ? 8 : type == IPProtocol.authentication ? (Int(load8(place + 1)) + 2) * 4 : (Int(load8(place + 1)) + 1) * 8
            type = load8(place)
            place += length
        }
        return false
    }
}
