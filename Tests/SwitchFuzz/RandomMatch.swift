public import PacketCore
public import PacketFixtures
public import SwitchCore

extension RandomSource {
    /// A match on a few fields of `RandomFrame`'s packets, with masks of all kinds.
    public mutating func match() -> Match {
        var match = Match()
        if once(in: 3) { match.set(.inPort, to: UInt128(below(4))) }
        if once(in: 4) { match.set(.ethernetDestination, to: 0x0200_0000_0000 + UInt128(below(6)), mask: pick([~0, ~0, 0xffff_ffff_fff0, 1 << 40])) }
        if once(in: 6) { match.set(.ethernetSource, to: 0x0200_0000_0000 + UInt128(below(6)), mask: pick([~0, 3])) }
        if once(in: 5) { match.set(.vlanControl, to: 0x1000 | UInt128(below(4)), mask: pick([0x1fff, 0x1000, 0x1fff, 0xffff])) }
        if once(in: 10) { match.set(.register0, to: UInt128(below(2)), mask: pick([1, ~0])) }
        if once(in: 10) { match.set(.metadata, to: UInt128(below(2))) }
        switch below(6) {
        case 0: break
        case 1: arpMatch(&match)
        case 2: ipv6Match(&match)
        default: ipv4Match(&match)
        }
        return match
    }

    private mutating func arpMatch(_ match: inout Match) {
        match.set(.ethernetType, to: 0x0806)
        if once(in: 2) { match.set(.arpOperation, to: UInt128(1 + below(2))) }
        if once(in: 2) { match.set(.arpSenderIP, to: UInt128(ipv4().rawValue), mask: prefix32()) }
        if once(in: 4) { match.set(.arpSender, to: 0x0200_0000_0000 + UInt128(below(6))) }
    }

    private mutating func ipv4Match(_ match: inout Match) {
        match.set(.ethernetType, to: 0x0800)
        if once(in: 2) { match.set(.ipv4Source, to: UInt128(ipv4().rawValue), mask: prefix32()) }
        if once(in: 2) { match.set(.ipv4Destination, to: UInt128(ipv4().rawValue), mask: prefix32()) }
        if once(in: 6) { match.set(.fragment, to: UInt128(pick([0, 1, 3])), mask: UInt128(pick([1, 2, 3]))) }
        if once(in: 6) { match.set(.ipTTL, to: UInt128(pick([1, 64]))) }
        transportMatch(&match, 1)
    }

    private mutating func ipv6Match(_ match: inout Match) {
        match.set(.ethernetType, to: 0x86dd)
        if once(in: 2) { match.set(.ipv6Source, to: ipv6().rawValue, mask: prefix128()) }
        if once(in: 2) { match.set(.ipv6Destination, to: ipv6().rawValue, mask: prefix128()) }
        if once(in: 6) { match.set(.ipv6Label, to: UInt128(below(4))) }
        transportMatch(&match, 58)
        if match.mask[.icmpType] == 0xff, match.key[.icmpType] == 135, once(in: 2) { match.set(.ndTarget, to: ipv6().rawValue, mask: prefix128()) }
    }

    private mutating func transportMatch(_ match: inout Match, _ icmp: UInt128) {
        guard once(in: 2) else { return }
        if once(in: 4) {
            match.set(.ipProtocol, to: icmp)
            if once(in: 2) { match.set(.icmpType, to: UInt128(pick([8, 135, 136]))) }
            return
        }
        match.set(.ipProtocol, to: UInt128(pick([6, 17])))
        if once(in: 2) { match.set(.destinationPort, to: UInt128(pick([22, 53, 67, 80])), mask: pick([~0, ~0, 0xfff0, 0x00ff])) }
        if once(in: 4) { match.set(.sourcePort, to: UInt128(pick([22, 53, 68])), mask: pick([~0, 0xfff0])) }
        if match.key[.ipProtocol] == 6, once(in: 4) { match.set(.tcpFlags, to: 2, mask: UInt128(pick([2, 0x12]))) }
    }

    private mutating func prefix32() -> UInt128 {
        UInt128(pick([IPv4Address.mask(length: 32), .mask(length: 24), .mask(length: 23), .mask(length: 8), IPv4Address(rawValue: 0xff0000ff)]).rawValue)
    }

    private mutating func prefix128() -> UInt128 {
        pick([~0, IPv6Address.mask(length: 64).rawValue, IPv6Address.mask(length: 127).rawValue, IPv6Address.mask(length: 10).rawValue, 0xffff])
    }

    /// The key of a random frame, sometimes of a damaged one.
    public mutating func key() -> FlowKey {
        let frame = frame().bytes
        return FlowKey(parsing: (once(in: 8) ? damaged(frame) : frame).span, inPort: UInt32(below(4)))
    }

    /// Another key with the same bits under the mask: some of the others are changed, or all are those of another packet.
    public mutating func variant(of key: FlowKey, keeping mask: FlowKey) -> FlowKey {
        var other = once(in: 2) ? self.key() : key
        for index in 0..<FlowKey.wordCount where once(in: 3) { other.words[index] ^= next() & next() }
        for index in 0..<FlowKey.wordCount { other.words[index] = key.words[index] & mask.words[index] | other.words[index] & ~mask.words[index] }
        return other
    }
}
