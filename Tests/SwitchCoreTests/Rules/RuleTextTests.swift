import LinuxSystem
import PacketCore
import SwitchCore
import Testing

func testPorts(_ name: String) -> PortNumber? { ["web": PortNumber(rawValue: 5), "LOCAL": PortNumber(rawValue: 9), "a b": PortNumber(rawValue: 6)][name] }
func testNames(_ port: PortNumber) -> String? { [PortNumber(rawValue: 5): "web", PortNumber(rawValue: 6): "a b"][port] }

func rule(_ text: String) throws(ApusError) -> RuleSpec { try RuleSpec(parsing: text, ports: testPorts) }

struct RuleTextTests {
    /// What is written, and how it is printed.
    static let rules: [(String, String)] = [
        ("actions=drop", "actions=drop"),
        (
            "priority=100,ip,nw_dst=10.0.0.2,actions=set_field:02:00:00:00:00:09->eth_dst,output:3",
            "priority=100,ip,nw_dst=10.0.0.2 actions=set_field:02:00:00:00:00:09->dl_dst,output:3"
        ),
        ("in_port=web actions=web,6,\"a b\"", "in_port=web actions=output:web,output:\"a b\",output:\"a b\""),
        (
            "table=3,cookie=0xab,idle_timeout=10,hard_timeout=20,send_flow_rem,check_overlap,reset_counts,actions=normal",
            "cookie=0xab,table=3,idle_timeout=10,hard_timeout=20,send_flow_rem,check_overlap,reset_counts actions=NORMAL"
        ),
        (
            "dl_src=02:00:00:00:00:01/ff:ff:ff:00:00:00,eth_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=FLOOD",
            "dl_src=02:00:00:00:00:00/ff:ff:ff:00:00:00,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=FLOOD"
        ),
        ("dl_type=0x0800,nw_proto=6,tp_dst=80,actions=all", "tcp,tp_dst=80 actions=ALL"),
        ("dl_type=0x88cc,actions=CONTROLLER", "dl_type=0x88cc actions=CONTROLLER:65535"),
        ("dl_vlan=10,actions=strip_vlan,IN_PORT", "dl_vlan=10 actions=pop_vlan,IN_PORT"),
        ("vlan_vid=0x100a,vlan_pcp=3,actions=LOCAL", "dl_vlan=10,dl_vlan_pcp=3 actions=LOCAL"),
        ("dl_vlan_pcp=3,actions=drop", "dl_vlan_pcp=3 actions=drop"),
        ("dl_vlan=0xffff,actions=push_vlan:0x8100,set_field:4106->vlan_vid,output:1", "dl_vlan=0xffff actions=push_vlan:0x8100,set_field:10->dl_vlan,output:1"),
        ("vlan_tci=0x1001/0x1001,actions=mod_vlan_vid:7,mod_vlan_pcp:2,1", "vlan_tci=0x1001/0x1001 actions=mod_vlan_vid:7,mod_vlan_pcp:2,output:1"),
        (
            "udp,nw_src=10.1.2.3/255.0.255.0,nw_dst=10.1.2.3/8,tp_src=0x80/0xfff0,actions=mod_tp_dst:53,dec_ttl,output:2",
            "udp,nw_src=10.0.2.0/255.0.255.0,nw_dst=10.0.0.0/8,tp_src=128/0xfff0 actions=set_field:53->tp_dst,dec_ttl,output:2"
        ),
        ("tcp6,ipv6_src=fd00::1/64,ipv6_dst=fd00::2,ipv6_label=0x5,actions=drop", "tcp6,ipv6_src=fd00::/64,ipv6_dst=fd00::2,ipv6_label=0x5 actions=drop"),
        ("ip,nw_tos=184,nw_ecn=1,nw_ttl=64,nw_frag=not_later,actions=mod_nw_tos:32,mod_nw_ttl:9,drop_not", ""),
        (
            "ip,nw_tos=184,nw_ttl=64,ip_frag=no,actions=mod_nw_tos:32,mod_nw_ttl:9,mod_nw_ecn:2,1",
            "ip,nw_tos=184,nw_ttl=64,nw_frag=no actions=set_field:32->nw_tos,set_field:9->nw_ttl,set_field:2->nw_ecn,output:1"
        ),
        ("ip,ip_dscp=46,actions=1", "ip,nw_tos=184 actions=output:1"),
        ("ip,nw_frag=first,actions=1", "ip,nw_frag=first actions=output:1"),
        ("tcp,tcp_flags=+syn-ack,actions=1", "tcp,tcp_flags=+syn-ack actions=output:1"),
        ("tcp,tcp_flags=0x12/0x17,actions=1", "tcp,tcp_flags=-fin+syn-rst+ack actions=output:1"),
        ("sctp,sctp_dst=80,actions=1", "sctp,tp_dst=80 actions=output:1"),
        ("icmp,icmp_type=8,icmp_code=0,actions=1", "icmp,icmp_type=8,icmp_code=0 actions=output:1"),
        (
            "icmp6,icmp_type=135,nd_target=fd00::2,nd_sll=02:00:00:00:00:01,actions=1",
            "icmp6,icmp_type=135,nd_target=fd00::2,nd_sll=02:00:00:00:00:01 actions=output:1"
        ),
        (
            "arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.0/24,arp_sha=02:00:00:00:00:01,arp_tha=00:00:00:00:00:00,actions=set_field:2->arp_op,1",
            "arp,arp_spa=10.0.0.1,arp_tpa=10.0.0.0/24,arp_op=1,arp_sha=02:00:00:00:00:01,arp_tha=00:00:00:00:00:00 actions=set_field:2->arp_op,output:1"
        ),
        (
            "reg0=5,reg7=0x10/0xf0,metadata=3,tun_id=7,actions=load:0x5->NXM_NX_REG1[4..7],move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],resubmit(,2)",
            "reg0=0x5,reg7=0x10/0xf0,tun_id=0x7,metadata=0x3 actions=set_field:0x50/0xf0->reg1,move:dl_src[]->dl_dst[],resubmit(,2)"
        ),
        (
            "actions=resubmit:3,resubmit(web),resubmit(4,5),meter:7,write_metadata:0x5/0xff,mirror:web,note:0a.ff,output:reg0[0..15],goto_table:9",
            "actions=resubmit(3,),resubmit(web,),resubmit(4,5),meter:7,write_metadata:0x5/0xff,mirror:web,note:0a.ff,output:reg0[0..15],goto_table:9"
        ),
        ("cookie=0x0, duration=10.1s, table=0, n_packets=0, n_bytes=0, priority=5,ip actions=controller(max_len=128)", "priority=5,ip actions=CONTROLLER:128"),
    ].filter { !$0.1.isEmpty }

    @Test(arguments: rules) func isPrintedAndReadAgain(_ text: String, _ printed: String) throws {
        let parsed = try rule(text)
        #expect(parsed.text(ports: testNames) == printed)
        #expect(try rule(parsed.text(ports: testNames)) == parsed)
        #expect(try rule(parsed.text()) == parsed)
    }

    @Test(arguments: [
        ("", "a rule needs actions: …,actions=…"),
        ("ip", "a rule needs actions: …,actions=…"),
        ("actions=", "a rule needs actions; actions=drop drops"),
        ("priority=70000,actions=drop", "priority needs a number up to 65535, not \"70000\""),
        ("foo=1,actions=drop", "\"foo\" is no field and no word of a rule"),
        ("nw_src=10.0.0.1,actions=drop", "nw_src means nothing without more in the match; add ip, or arp"),
        ("ip,tp_dst=80,actions=drop", "tp_dst means nothing without more in the match; add tcp, udp or sctp"),
        ("tcp,tcp,actions=drop", "tcp says again what dl_type is"),
        ("ip,nw_src=10.0.0.256,actions=drop", "\"10.0.0.256\" is no value for nw_src; an address such as 10.0.0.1 or 10.0.0.0/8 is"),
        ("ip,nw_src=10.0.0.1/33,actions=drop", "\"33\" is no mask for nw_src"),
        ("in_port=nobody,actions=drop", "\"nobody\" is no value for in_port; the name or number of a port is"),
        ("dl_vlan=4096,actions=drop", "\"4096\" is no VLAN; 0 to 4095 are, and dl_vlan=0xffff for packets without a tag"),
        ("ip,nw_tos=5,actions=drop", "\"5\" is no value for nw_tos; its low two bits are nw_ecn"),
        ("tcp,tcp_flags=+syn+foo,actions=drop", "\"foo\" is no flag of TCP; flags are fin, syn, rst, psh, ack, urg, ece, cwr, ns"),
        ("ip,nw_tos=184,ip_dscp=45,actions=drop", "ip_dscp=45 contradicts what the match says before"),
        ("actions=fly", "\"fly\" is no action and no port's name"),
        ("actions=drop,1", "drop stands alone"),
        ("actions=group:1", "the action group is not supported"),
        ("actions=output:nobody", "there is no port \"nobody\" for output"),
        ("actions=mod_nw_dst:10.0.0.1", "mod_nw_dst of nw_dst needs more in the match; add ip, or arp"),
        ("actions=set_field:1->dl_vlan", "set_field of dl_vlan needs more in the match; add a VLAN tag (dl_vlan or push_vlan)"),
        ("ip,actions=set_field:6->nw_proto", "set_field cannot set nw_proto"),
        ("actions=push_vlan:0x9100", "push_vlan needs 0x8100 or 0x88a8, not \"0x9100\""),
        ("actions=load:16->reg0[0..3]", "load needs a number up to 15, not \"16\""),
        ("actions=move:reg0[0..3]->reg1[0..4]", "move copies 4 bits of reg0 to 5 of reg1"),
        ("actions=load:1->reg0[0..32]", "\"reg0[0..32]\" is no range of bits; reg0 has bits 0 to 31"),
        ("actions=goto_table:1,output:1", "\"output\" stands behind goto_table; goto_table is the last action"),
        ("table=5,actions=goto_table:5", "goto_table:5 does not go forward from table 5"),
        ("actions=resubmit(1,2", "brackets or quotes do not close in \"resubmit(1,2\""),
        ("actions=meter:0", "there is no meter 0"),
        ("cookie=1/1,actions=drop", "the cookie of a rule has no mask"),
    ])
    func isRefused(_ text: String, _ sentence: String) {
        let error = #expect(throws: ApusError.self) { try rule(text) }
        #expect(error?.description == sentence)
    }

    @Test func filters() throws {
        let web = try rule("table=1,priority=7,cookie=0x12,tcp,nw_dst=10.0.0.2,tp_dst=80,actions=output:5")
        func takes(_ text: String, strict: Bool = false) throws -> Bool { try RuleFilter(parsing: text, strict: strict, ports: testPorts).takes(web) }
        #expect(try takes("") && takes("table=1") && takes("tcp") && takes("ip,nw_dst=10.0.0.0/8") && takes("out_port=web") && takes("cookie=0x10/0xf0"))
        #expect(try !takes("table=0") && !takes("udp") && !takes("ip,nw_dst=11.0.0.0/8") && !takes("out_port=6") && !takes("cookie=0x13/-1"))
        #expect(try !takes("tcp,nw_dst=10.0.0.2,tp_dst=80,in_port=1"))
        #expect(try takes("priority=7,tcp,nw_dst=10.0.0.2,tp_dst=80", strict: true))
        #expect(try !takes("priority=8,tcp,nw_dst=10.0.0.2,tp_dst=80", strict: true) && !takes("priority=7,tcp,nw_dst=10.0.0.2", strict: true))
        let change = try RuleFilter.parseModification("tcp,cookie=0x10/0xf0,actions=6", strict: false, ports: testPorts)
        #expect(change.filter.takes(web) && change.change.actions == [.output(PortNumber(rawValue: 6))])
    }

    @Test func matchesMeetPackets() throws {
        var match = Match()
        match.set(.ethernetType, to: 0x0800)
        match.set(.ipv4Destination, to: 0x0a00_0000, mask: 0xff00_0000)
        var packet = PipelineKey()
        packet.packet.ethernetType = 0x0800
        packet.packet.ipv4Destination = IPv4Address("10.1.2.3")!
        #expect(match.matches(packet))
        packet.packet.ipv4Destination = IPv4Address("11.1.2.3")!
        #expect(!match.matches(packet))
        packet[.register3] = 0x1234
        packet[.metadata] = 0xabcd
        #expect(packet[.register3] == 0x1234 && packet[.register2] == 0 && packet.metadata == 0xabcd)
    }
}
