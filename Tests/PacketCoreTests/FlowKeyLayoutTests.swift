import CFlow
import PacketCore
import Testing

/// Every field as C sees it: a byte pattern put in by Swift must lie where the header's struct has the field.
struct FlowKeyLayoutTests {
    private func c(_ key: FlowKey) -> apus_flow_key { unsafe unsafeBitCast(key, to: apus_flow_key.self) }

    @Test func everyFieldLiesWhereCHasIt() {
        var key = FlowKey()
        key.inPort = 0x0102_0304
        key.recirculation = 0x0506_0708
        key.tunnelID = 0x1112_1314_1516_1718
        key.tunnelSource = IPv4Address("10.1.2.3")!
        key.bondHash = 0x2122_2324
        key.ethernetDestination = MACAddress("31:32:33:34:35:36")!
        key.ethernetType = 0x0800
        key.ethernetSource = MACAddress("41:42:43:44:45:46")!
        key.vlanCount = 2
        key.vlanProtocol = 0x88a8
        key.vlanControl = 0x3005
        key.innerVLANProtocol = 0x8100
        key.innerVLANControl = 0x5007
        key.ipProtocol = 0x51
        key.ipTOS = 0x52
        key.ipTTL = 0x53
        key.fragment = 3
        key.sourcePort = 0x5455
        key.destinationPort = 0x5657
        key.tcpFlags = 0x0612
        key.ipv6Label = 0x000a_bcde
        key.ipv6Source = IPv6Address("fd01:203:405:607:809:a0b:c0d:e0f")!
        key.ipv6Destination = IPv6Address("fd11:213:415:617:819:a1b:c1d:e1f")!
        key.arpSource = MACAddress("61:62:63:64:65:66")!
        key.arpDestination = MACAddress("71:72:73:74:75:76")!
        key.ndTarget = IPv6Address("fd21:223:425:627:829:a2b:c2d:e2f")!
        let raw = c(key)
        #expect(raw.in_port == 0x0102_0304 && raw.recirculation == 0x0506_0708 && raw.tunnel_id.bigEndian == 0x1112_1314_1516_1718)
        #expect(raw.tunnel_source.bigEndian == 0x0a01_0203 && raw.bond_hash == 0x2122_2324)
        #expect(raw.eth_dst.0 == 0x31 && raw.eth_dst.5 == 0x36 && raw.eth_type.bigEndian == 0x0800)
        #expect(raw.eth_src.0 == 0x41 && raw.eth_src.5 == 0x46 && raw.vlan_count == 2 && raw.reserved == 0)
        #expect(raw.vlan.0.tpid.bigEndian == 0x88a8 && raw.vlan.0.tci.bigEndian == 0x3005)
        #expect(raw.vlan.1.tpid.bigEndian == 0x8100 && raw.vlan.1.tci.bigEndian == 0x5007)
        #expect(raw.ip_proto == 0x51 && raw.ip_tos == 0x52 && raw.ip_ttl == 0x53 && raw.fragment == 3)
        #expect(raw.source_port.bigEndian == 0x5455 && raw.destination_port.bigEndian == 0x5657 && raw.tcp_flags.bigEndian == 0x0612)
        #expect(raw.ipv6_label.bigEndian == 0x000a_bcde && raw.reserved2 == 0 && raw.reserved3 == 0)
        #expect(raw.ip_source.0 == 0xfd && raw.ip_source.15 == 0x0f && raw.ip_destination.1 == 0x11 && raw.ip_destination.15 == 0x1f)
        #expect(raw.arp_source.0 == 0x61 && raw.arp_source.5 == 0x66 && raw.arp_destination.0 == 0x71 && raw.arp_destination.5 == 0x76)
        #expect(raw.nd_target.1 == 0x21 && raw.nd_target.15 == 0x2f)
    }

    @Test func settersTouchNothingElse() {
        var key = FlowKey()
        for index in 0..<FlowKey.wordCount { key.words[index] = ~0 }
        key.ethernetSource = MACAddress(rawValue: 0)
        key.arpDestination = MACAddress(rawValue: 0)
        key.ipv4Source = IPv4Address(rawValue: 0)
        key.ipTTL = 0
        #expect(key.vlanCount == 0xff && key.words[5] == ~0 && key.arpSource == .broadcast && key.words[13] >> 32 == 0xffff_ffff)
        #expect(key.words[8] == ~0 << 32 && key.words[9] == ~0 && key.ipTOS == 0xff && key.fragment == 0xff && key.sourcePort == 0xffff)
        key.ipv4Source = IPv4Address("1.2.3.4")!
        #expect(key.ipv4Source.description == "1.2.3.4")
        #expect(
            APUS_VLAN_PRESENT == Int32(FlowKey.vlanPresent) && APUS_FRAGMENT_ANY == Int32(FlowKey.fragmentAny)
                && APUS_FRAGMENT_LATER == Int32(FlowKey.fragmentLater))
        #expect(Int(APUS_FLOW_KEY_WORDS) == FlowKey.wordCount)
    }
}
