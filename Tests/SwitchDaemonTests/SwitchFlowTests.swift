import Glibc
import LinuxSystem
import PacketCore
import SwitchControl
import SwitchCore
import Testing

@testable import SwitchDaemon

/// The slow path over a scripted datapath: upcalls, corrections, restarts, interfaces that vanish.
@Suite struct SwitchFlowTests {
    @Test func aMissPutsAFlowAndServesThePacket() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two", "three")
        try bench.receive(bench.frame(from: 1, to: 2), port: 1)
        #expect(bench.outputs(bench.datapath.executed[0].actions) == [2, 3])
        #expect(bench.datapath.flows.count == 1)
        // The answer goes to one port, and the flood is corrected.
        try bench.receive(bench.frame(from: 2, to: 1), port: 2)
        #expect(bench.outputs(bench.datapath.executed[1].actions) == [1])
        #expect(bench.vswitch.mustRevalidate)
        try bench.vswitch.revalidate()
        #expect(!bench.vswitch.mustRevalidate)
        #expect(Set(bench.datapath.flows.values.map { bench.outputs($0.actions) }) == [[1], [2]])
        guard case .macs(let entries) = bench.vswitch.answer(.macs(bridge: "net")) else { throw ApusError(.system, "no MAC table") }
        #expect(entries.map(\.port) == ["vone", "vtwo"])
    }

    @Test func aFlowThatCannotBePutIsTold() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        bench.datapath.failsToPut = true
        for _ in 0..<50 { try bench.receive(bench.frame(from: 1, to: 2), port: 1) }
        guard case .drops(let drops) = bench.vswitch.answer(.drops) else { throw ApusError(.system, "no drops") }
        #expect(drops.first { $0.reason == "slow-path-failed" }?.packets == 50)
        #expect(drops.first { $0.reason == "no-rule" }?.packets == 3)
        #expect(bench.lines.all.count == DaemonLog.perMinute)
        #expect(bench.vswitch.flows.count == 0)
    }

    @Test func rulesDecideAndCount() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two", "three")
        #expect(try bench.vswitch.change([.addRules(bridge: "b", ["priority=10,in_port=one,actions=output:three", "priority=1,actions=drop"])]) == [2])
        try bench.receive(bench.frame(from: 1, to: 2), port: 1)
        #expect(bench.outputs(bench.datapath.executed[0].actions) == [3])
        let flow = try #require(bench.datapath.flows.values.first)
        bench.datapath.statistics[flow.id] = FlowStatistics(packets: 9, bytes: 540, lastUsed: monotonicNanoseconds())
        guard case .rules(let rules) = bench.vswitch.answer(.rules(bridge: "b", match: "in_port=one")) else { throw ApusError(.system, "no rules") }
        #expect(rules.map { "\($0.match) \($0.actions) \($0.packets) \($0.bytes)" } == ["in_port=vone output:vthree 10 600"])
        #expect(try bench.vswitch.change([.modifyRules(bridge: "b", ["in_port=one,actions=output:two"])]) == [1])
        try bench.vswitch.revalidate()
        #expect(bench.outputs(try #require(bench.datapath.flows[flow.id]).actions) == [2])
        #expect(try bench.vswitch.change([.removeRules(bridge: "b", ["in_port=one"])]) == [1])
        try bench.vswitch.revalidate()
        #expect(bench.datapath.flows.values.allSatisfy { bench.outputs($0.actions).isEmpty })
    }

    @Test func rulesOfAFileReplaceAll() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        _ = try bench.vswitch.change([.addRules(bridge: "b", ["priority=1,actions=NORMAL", "priority=2,in_port=one,actions=drop"])])
        _ = try bench.vswitch.change([.replaceRules(bridge: "b", ["priority=1,actions=NORMAL", "priority=3,in_port=two,actions=drop"])])
        try bench.restart()
        let rules = try bench.vswitch.rules(of: bench.vswitch.bridge("b"), matching: "").map { "\($0.priority) \($0.match) \($0.actions)" }
        #expect(rules == ["3 in_port=vtwo drop", "1  NORMAL"])
    }

    @Test func timeoutsTakeRulesOutOfTheDatabaseToo() throws {
        let bench = try Bench()
        try bench.addPorts("one")
        _ = try bench.vswitch.change([.addRules(bridge: "b", ["hard_timeout=1,actions=drop", "priority=3,actions=NORMAL"])])
        try bench.vswitch.expireRules(now: monotonicNanoseconds() + 2_000_000_000)
        try bench.restart()
        #expect(try bench.vswitch.rules(of: bench.vswitch.bridge("b"), matching: "").map(\.actions) == ["NORMAL"])
    }

    @Test func traceExplains() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        _ = try bench.vswitch.change([.addRules(bridge: "b", ["table=0,priority=7,tcp,actions=output:two"])])
        guard case .text(let text) = bench.vswitch.answer(.trace(bridge: "net", packet: "in_port=one,tcp,nw_dst=10.0.0.2,tp_dst=80")) else {
            throw ApusError(.system, "no text")
        }
        #expect(text.contains("priority 7") && text.contains("Datapath actions: vtwo"))
        #expect(bench.datapath.flows.isEmpty && bench.datapath.executed.isEmpty)
        let frame = bench.frame(from: 1, to: 2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard case .text(let other) = bench.vswitch.answer(.trace(bridge: "b", packet: "frame=\(frame),in_port=one")) else {
            throw ApusError(.system, "no text")
        }
        #expect(other.contains("dl_dst=02:00:00:00:00:02"))
        guard case .failed = bench.vswitch.answer(.trace(bridge: "b", packet: "tcp")) else { throw ApusError(.system, "traced without port") }
    }

    @Test func aRestartTakesOverWhatRuns() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two", "three")
        _ = try bench.vswitch.change([.addRules(bridge: "b", ["priority=1,actions=NORMAL"]), .setMeter(MeterSettings(bridge: "b", id: 2, rate: 5000))])
        try bench.receive(bench.frame(from: 1, to: 2), port: 1)
        try bench.receive(bench.frame(from: 2, to: 1), port: 2)
        try bench.vswitch.revalidate()
        let before = bench.datapath.flows.mapValues(\.actions)
        #expect(before.count == 2)
        for id in before.keys { bench.datapath.statistics[id] = FlowStatistics(packets: 50, bytes: 3000, lastUsed: monotonicNanoseconds()) }
        try bench.restart()
        #expect(try bench.vswitch.rules(of: bench.vswitch.bridge("b"), matching: "").map(\.packets) == [100])
        // Nothing was flooded that was not: where addresses are is known from the flows.
        #expect(bench.datapath.flows.mapValues(\.actions) == before)
        #expect(bench.vswitch.ports.count == 3 && bench.vswitch.bridges["b"]?.settings.network == "net")
        #expect(bench.vswitch.bridges["b"]?.meters[2]?.rate == 5000)
        #expect(bench.vswitch.macs(of: try bench.vswitch.bridge("b")).count == 2)
        // New flows have names of their own.
        try bench.receive(bench.frame(from: 3, to: 1), port: 3)
        #expect(bench.datapath.flows.count == 3)
    }

    @Test func aRestartForgetsContainersThatAreGone() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        bench.links.add("eth9", isVeth: false)
        _ = try bench.vswitch.change([.addPort(PortSettings(bridge: "b", interface: "eth9", kind: .uplink))])
        bench.links.vanish("vtwo")
        bench.links.vanish("eth9")
        _ = try bench.links.events()
        try bench.restart()
        #expect(bench.vswitch.ports.values.map(\.settings.name).sorted() == ["eth9", "vone"])
        #expect(bench.datapath.known.values.map(\.interface) == ["vone"])
        try bench.restart(boot: "later")
        #expect(bench.vswitch.ports.values.map(\.settings.name) == ["eth9"])
    }

    @Test func aPortGoesWithItsInterface() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        bench.links.add("eth9", isVeth: false)
        _ = try bench.vswitch.change([.addPort(PortSettings(bridge: "b", interface: "eth9", kind: .uplink))])
        _ = try bench.links.events()
        bench.links.vanish("vone")
        bench.links.vanish("eth9")
        try bench.vswitch.takeLinkEvents()
        #expect(bench.vswitch.ports.values.map(\.settings.name).sorted() == ["eth9", "vtwo"])
        #expect(try bench.vswitch.database.ports().map(\.name).sorted() == ["eth9", "vtwo"])
        #expect(bench.datapath.known.values.map(\.interface) == ["vtwo"])
        #expect(bench.vswitch.network.port(named: "eth9")?.configuration.isUp == false)
        // It comes back with another index.
        let link = bench.links.add("eth9", isVeth: false)
        try bench.vswitch.takeLinkEvents()
        #expect(bench.datapath.known.values.first { $0.interface == "eth9" }?.index == link.index)
        #expect(bench.vswitch.network.port(named: "eth9")?.configuration.isUp == true)
    }

    @Test func lostEventsAreMadeUpFor() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        _ = try bench.links.events()
        bench.links.vanishUnseen("vtwo")
        try bench.vswitch.takeLinkEvents()
        #expect(bench.vswitch.ports.values.map(\.settings.name) == ["vone"])
    }

    @Test func spoofedFramesGoNowhere() throws {
        let bench = try Bench()
        try bench.addPorts("two")
        bench.links.add("vone")
        var port = bench.port("one")
        (port.mac, port.addresses, port.guardsSource) = ([2, 0, 0, 0, 0, 1], [[10, 0, 0, 1]], true)
        let number = try bench.vswitch.change([.addPort(port)])[0]
        try bench.receive(bench.frame(from: 9, to: 2), port: number)
        #expect(bench.datapath.executed[0].actions == [.drop(.spoofedSource)])
        let flow = try #require(bench.datapath.flows.values.first)
        bench.datapath.statistics[flow.id] = FlowStatistics(packets: 5, bytes: 300, lastUsed: monotonicNanoseconds())
        try bench.vswitch.creditFlows()
        #expect(bench.vswitch.counters(of: try bench.vswitch.port("one")).dropped == 5)
    }
}
