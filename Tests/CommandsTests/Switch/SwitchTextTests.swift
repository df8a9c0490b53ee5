import CommandLine
import LinuxSystem
import SwitchControl
import Testing

@testable import Commands

/// What `apus switch` reads and writes, without a switch.
@Suite struct SwitchTextTests {
    @Test func vlans() throws {
        #expect(try PortFlags.vlans(["10,20-22", "4094", "21"]) == [10, 20, 21, 22, 4094])
        for text in ["0", "4095", "1-", "-1", "2-1", "a", "", "1-2-3"] { #expect(throws: ApusError.self, "\(text)") { try PortFlags.vlans([text]) } }
        #expect(SwitchText.ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10")
        #expect(SwitchText.ranges([]) == "")
    }

    @Test func bits() throws {
        #expect(
            try PortFlags.bits("500k") == 500_000 && PortFlags.bits("10M") == 10_000_000 && PortFlags.bits("1g") == 1_000_000_000 && PortFlags.bits("7") == 7)
        for text in ["", "k", "-1", "1.5m", "1t", "99999999999g"] { #expect(throws: InvalidValue.self, "\(text)") { try PortFlags.bits(text) } }
        #expect(SwitchText.rate(0) == "0 bit/s" && SwitchText.rate(1500) == "1.5 kbit/s" && SwitchText.rate(2_000_000_000) == "2 Gbit/s")
    }

    @Test func addresses() {
        #expect(SwitchText.bytes(mac: "02:00:00:00:00:0a") == [2, 0, 0, 0, 0, 10] && SwitchText.mac([2, 0, 0, 0, 0, 10]) == "02:00:00:00:00:0a")
        #expect(SwitchText.bytes(address: "10.0.0.1") == [10, 0, 0, 1] && SwitchText.address([10, 0, 0, 1]) == "10.0.0.1")
        #expect(SwitchText.bytes(address: "fd00::1")?.count == 16 && SwitchText.address(SwitchText.bytes(address: "fd00::1") ?? []) == "fd00::1")
        #expect(SwitchText.bytes(mac: "nonsense") == nil && SwitchText.bytes(address: "10.0.0") == nil)
    }

    private func port(_ words: String..., from settings: PortSettings = PortSettings()) throws -> PortSettings {
        guard case .run(let parsed) = try ApusCommand.tree.parse(["switch", "set-port", "p"] + words) else { throw ApusError(.system, "no command") }
        return try PortFlags.changed(settings, parsed)
    }

    /// What a user of `ovs-vsctl set port` expects of tag and trunks.
    @Test func modesFollowFromTags() throws {
        var trunk = PortSettings()
        trunk.vlanMode = .trunk
        let access = try port("--tag", "10", from: trunk)
        #expect(access.vlanMode == .access && access.tag == 10)
        #expect(try port("--tag", "0", from: access).vlanMode == .trunk)
        let both = try port("--tag", "10", "--trunk", "20,30", from: trunk)
        #expect(both.vlanMode == .nativeUntagged && both.trunks == [20, 30])
        #expect(try port("--tag", "11", from: both).vlanMode == .nativeUntagged)
        #expect(try port("--tag", "0", from: both).vlanMode == .trunk)
        #expect(try port("--trunk", "all", from: both).trunks == [])
        #expect(try port("--tag", "5", "--trunk", "6", "--vlan-mode", "native-tagged").vlanMode == .nativeTagged)
        #expect(throws: ApusError.self) { try port("--vlan-mode", "dot1q") }
        // What no flag names stays.
        #expect(try port("--isolated", from: both).trunks == [20, 30])
        #expect(try port("--servers=false", "--guard", "--ip", "10.0.0.1", "--ip", "fd00::1").addresses.map(\.count) == [4, 16])
    }

    @Test func rulesAsOvsOfctlPrintsThem() {
        var rule = RuleReport()
        (rule.priority, rule.match, rule.actions, rule.cookie) = (100, "tcp,in_port=web", "output:db", 255)
        (rule.packets, rule.bytes, rule.age, rule.idle, rule.hardTimeout) = (3, 180, 12_005, 2_900, 60)
        #expect(
            SwitchRules.line(rule, hasStats: true)
                == " cookie=0xff, duration=12.005s, table=0, n_packets=3, n_bytes=180, hard_timeout=60, idle_age=2, priority=100,tcp,in_port=web actions=output:db"
        )
        rule.match = ""
        #expect(SwitchRules.line(rule, hasStats: false) == " cookie=0xff, table=0, hard_timeout=60, priority=100 actions=output:db")
    }

    @Test func ratesOfPorts() {
        func sample(_ seconds: UInt64, _ packets: UInt64) -> SwitchTop.Sample {
            var (quiet, busy) = (PortReport(), PortReport())
            (quiet.settings.name, quiet.settings.number, busy.settings.name, busy.settings.number) = ("quiet", 1, "busy", 2)
            (busy.counters.receivedPackets, busy.counters.receivedBytes, busy.counters.dropped) = (packets, packets * 100, packets / 10)
            return SwitchTop.Sample(time: seconds * 1_000_000_000, ports: [quiet, busy], drops: packets / 10)
        }
        let lines = SwitchTop.table(from: sample(10, 1000), to: sample(12, 3000)).split(separator: "\n")
        #expect(lines.count == 4 && lines[1].hasPrefix("busy") && lines[2].hasPrefix("quiet"))
        #expect(lines[1].contains(" 1000 ") && lines[1].contains("800 kbit/s") && lines[1].hasSuffix("100") && lines[3] == "100 packets dropped a second")
    }

    private var view: SwitchView {
        var state = SwitchState()
        (state.pid, state.version, state.datapath, state.uptime, state.flows, state.upcalls, state.remark) = (7, "1", "packet-socket", 120, 5, 6, "no BPF here")
        var (web, local, to, from) = (PortReport(), PortReport(), PortReport(), PortReport())
        web.settings = PortSettings(bridge: "br0", interface: "v1", kind: .veth)
        (web.settings.name, web.settings.number, web.settings.tag, web.settings.addresses) = ("v1", 1, 10, [[10, 0, 0, 2]])
        (web.settings.owner, web.settings.guardsSource, web.isUp) = (PortOwner(id: "abc", name: "web"), true, true)
        local.settings = PortSettings(bridge: "br0", interface: "br0", kind: .local)
        (local.settings.name, local.settings.number, local.settings.hostAddresses) = ("br0", 2, ["10.0.0.1/24"])
        to.settings = PortSettings(bridge: "br0", interface: "", kind: .patch)
        (to.settings.name, to.settings.number, to.settings.peer, to.isUp) = ("a", 3, "b", true)
        from.settings = PortSettings(bridge: "br1", interface: "", kind: .patch)
        (from.settings.name, from.settings.number, from.settings.peer, from.isUp) = ("b", 4, "a", true)
        var mirror = MirrorSettings()
        (mirror.bridge, mirror.name, mirror.sources, mirror.output, mirror.vlans) = ("br0", "m", ["v1"], "probe", [1, 2, 3])
        let bridges = [BridgeSettings(name: "br0", network: "default"), BridgeSettings(name: "br1")]
        return SwitchView(state: state, bridges: bridges, ports: [web, local, to, from], mirrors: [mirror])
    }

    @Test func showForPeople() {
        #expect(
            SwitchShow.text(view) == """
                apus-switchd 1, pid 7, datapath packet-socket, up 2 minutes
                5 flows, 6 packets to the slow path
                note: no BPF here
                Bridge br0 (network default)
                    1   v1    veth    web    up     tag 10, 10.0.0.2, guarded
                    2   br0   local          down   10.0.0.1/24
                    3   a     patch   to b
                    Mirror m: from v1 VLAN 1-3 -> probe
                Bridge br1
                    4   b   patch   to a
                """)
    }

    @Test func showAsAGraph() {
        #expect(
            view.dot == """
                graph switch {
                    rankdir=LR;
                    node [shape=box];
                    "bridge br0" [label="br0\\nnetwork default", style=bold];
                    "bridge br1" [label="br1", style=bold];
                    "container web" [label="container web\\n10.0.0.2", shape=ellipse];
                    "bridge br0" -- "container web" [label="1\\ntag 10"];
                    "host br0" [label="host br0\\n10.0.0.1/24", shape=house];
                    "bridge br0" -- "host br0" [label="2", style=dashed];
                    "bridge br0" -- "bridge br1" [label="a - b"];
                }
                """)
    }
}
