import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore

extension RandomSource {
    mutating func port(_ number: UInt32) -> PortConfiguration {
        var port = PortConfiguration(number: PortNumber(rawValue: number), name: "p\(number)")
        port.vlanMode = pick([.access, .access, .trunk, .trunk, .trunk, .nativeTagged, .nativeUntagged])
        port.tag = port.vlanMode == .trunk ? 0 : UInt16(below(4))
        if once(in: 2) { port.trunks = VLANSet((0..<3).map { _ in UInt16(below(4)) }) }
        port.isIsolated = once(in: 3)
        port.isUp = !once(in: 10)
        port.trustsServers = !once(in: 4)
        if once(in: 4) { port.macLimit = 1 + below(4) }
        if once(in: 4) { (port.rate, port.stormLimit) = (UInt64(below(2)), UInt64(below(2))) }
        if once(in: 3) {
            port.sourceGuard = SourceGuard(
                mac: MACAddress(rawValue: 0x0200_0000_0000 + UInt64(below(3))), ipv4: (0..<4).map { _ in ipv4() }, ipv6: [ipv6(), ipv6()])
        }
        return port
    }

    mutating func rule(ports: Int) -> RuleSpec {
        var rule = RuleSpec()
        rule.table = UInt8(pick([0, 0, 1, 2, 3]))
        rule.priority = UInt16(pick([0, 1, 2, 3, 100]))
        rule.match = match()
        if once(in: 6) { rule.idleTimeout = 1 + UInt16(below(5)) }
        for _ in 0..<below(4) { rule.actions.append(action(rule, ports)) }
        if rule.table < 3, once(in: 5) { rule.actions.append(.goto(rule.table + 1)) }
        return rule
    }

    private mutating func action(_ rule: RuleSpec, _ ports: Int) -> Action {
        let port = PortNumber(rawValue: UInt32(1 + below(ports + 1)))
        let type = UInt16(rule.match.key[.ethernetType])
        switch below(20) {
        case 0...3: return .output(port)
        case 4...6: return .normal
        case 7: return pick([.flood, .all, .inPort, .controller(maximum: 100), .local])
        case 8: return .resubmit(port: once(in: 3) ? port : nil, table: UInt8(below(4)))
        case 9: return pick([.pushVLAN(0x8100), .pushVLAN(0x88a8), .popVLAN])
        case 10: return pick([.setVLAN(UInt16(below(4))), .setVLANPriority(UInt8(below(8)))])
        case 11: return .set(pick([.ethernetSource, .ethernetDestination]), value: 0x0200_0000_0000 + UInt128(below(6)), mask: pick([0xffff_ffff_ffff, 0xff]))
        case 12: return .move(from: Subfield(field: .ethernetSource, low: 0, bits: 32), to: Subfield(field: pick([.register0, .register1]), low: 0, bits: 32))
        case 13: return .set(pick([.register0, .metadata]), value: UInt128(below(2)), mask: 1)
        case 14: return .mirror(port)
        case 15 where type == 0x0800:
            return pick([.set(.ipv4Destination, value: UInt128(ipv4().rawValue), mask: 0xffff_ffff), .decrementTTL, .set(.ipTOS, value: 32, mask: 0xfc)])
        case 15 where type == 0x86dd:
            return pick([.set(.ipv6Source, value: ipv6().rawValue, mask: ~0), .decrementTTL, .set(.ipv6Label, value: 5, mask: 0xfffff)])
        case 15 where type == 0x0806:
            return pick([.set(.arpOperation, value: 2, mask: 0xff), .set(.arpTargetIP, value: UInt128(ipv4().rawValue), mask: 0xffff_ffff)])
        case 16 where [6, 17].contains(rule.match.key[.ipProtocol]):
            return pick([.set(.destinationPort, value: 80, mask: 0xffff), .set(.sourcePort, value: 0x50, mask: 0xf0)])
        case 17 where type == 0x0800:
            return .move(from: Subfield(field: .ipv4Source, low: 0, bits: 32), to: Subfield(field: .ipv4Destination, low: 0, bits: 32))
        default: return .note([1])
        }
    }

    mutating func mirror(ports: Int) -> Mirror {
        let some: (inout RandomSource) -> Set<PortNumber> = { random in
            Set((0..<random.below(3)).map { _ in PortNumber(rawValue: UInt32(1 + random.below(ports))) })
        }
        var mirror = Mirror(name: "m\(below(2))", output: pick([.port(PortNumber(rawValue: UInt32(ports))), .vlan(3), .capture]))
        mirror.sources = some(&self)
        mirror.destinations = some(&self)
        if once(in: 3) { mirror.vlans = VLANSet([UInt16(below(4))]) }
        return mirror
    }
}
