import LinuxSystem
import PacketCore
import SwitchControl
import SwitchCore
import Testing

@testable import SwitchDaemon

/// A switch over a datapath and interfaces that are nowhere, and a database in a scratch directory.
final class Bench {
    let scratch: Scratch
    var datapath = ScriptedDatapath()
    let links = FakeLinks()
    var vswitch: Switch
    /// What was logged.
    let lines = Lines()

    final class Lines { var all: [String] = [] }

    init() throws {
        scratch = try Scratch()
        let lines = lines
        let database = try SwitchDatabase("\(scratch.path)/switch.db", boot: "now")
        vswitch = Switch(database: database, datapath: datapath, links: links, log: DaemonLog { lines.all.append($0) })
    }

    /// Ends the switch as kill -9 does and starts one over the same datapath, interfaces and database.
    func restart(boot: String = "now") throws {
        let lines = lines
        let database = try SwitchDatabase("\(scratch.path)/switch.db", boot: boot)
        vswitch = Switch(database: database, datapath: datapath, links: links, log: DaemonLog { lines.all.append($0) })
        try vswitch.restore()
    }

    /// A bridge "b" with ports of containers on interfaces that are there.
    func addPorts(_ names: String...) throws {
        _ = try vswitch.change([.addBridge(BridgeSettings(name: "b", network: "net"), mayExist: true)])
        for name in names {
            links.add("v\(name)")
            _ = try vswitch.change([.addPort(port(name))])
        }
    }

    func port(_ name: String) -> PortSettings {
        var port = PortSettings(bridge: "b", interface: "v\(name)", kind: .veth)
        port.owner = PortOwner(id: "id-of-\(name)", name: name)
        port.isEphemeral = true
        return port
    }

    /// A frame of 60 bytes.
    func frame(from source: UInt8, to destination: UInt8, type: [UInt8] = [0x88, 0xb5]) -> [UInt8] {
        [2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source] + type + [UInt8](repeating: 0, count: 46)
    }

    func receive(_ frame: [UInt8], port: UInt32) throws {
        datapath.waiting.append(DatapathPacket(port: PortNumber(rawValue: port), reason: .miss, frame: frame))
        _ = try vswitch.takeUpcalls()
    }

    func outputs(_ actions: [DatapathAction]) -> Set<UInt32> {
        Set(actions.compactMap { if case .output(let port) = $0 { port.rawValue } else { nil } })
    }
}

/// Transactions: bridges, ports, mirrors, meters, rules, MAC addresses.
@Suite struct SwitchChangeTests {
    @Test func aPortForwardsWhenTheReplyComes() throws {
        let bench = try Bench()
        bench.links.add("v1")
        let reply = bench.vswitch.answer(.change([.addBridge(BridgeSettings(name: "b")), .addPort(PortSettings(bridge: "b", interface: "v1", kind: .veth))]))
        #expect(reply == .done([0, 1]))
        #expect(bench.datapath.known[PortNumber(rawValue: 1)]?.interface == "v1")
        #expect(try bench.vswitch.database.ports().map(\.name) == ["v1"])
    }

    @Test func allOrNothing() throws {
        let bench = try Bench()
        bench.links.add("v1")
        let before = bench.vswitch.answer(.bridges)
        let reply = bench.vswitch.answer(
            .change([
                .addBridge(BridgeSettings(name: "b")), .addPort(PortSettings(bridge: "b", interface: "v1", kind: .veth)),
                .setMeter(MeterSettings(bridge: "b", id: 1, rate: 1000)), .addRules(bridge: "b", ["in_port=v1,actions=meter:1,NORMAL"]),
                .addPort(PortSettings(bridge: "nowhere", interface: "v2", kind: .veth)),
            ]))
        #expect(reply == .failed(ApusError(.notFound, "no such bridge: nowhere")))
        #expect(bench.vswitch.answer(.bridges) == before)
        #expect(bench.datapath.known.isEmpty && bench.datapath.meters.isEmpty)
        #expect(try bench.vswitch.database.bridges() == [] && bench.vswitch.database.ports() == [])
        #expect(bench.vswitch.network.bridges.isEmpty)
    }

    @Test func aDatapathThatRefusesLeavesNothing() throws {
        let bench = try Bench()
        try bench.addPorts("one")
        bench.links.add("v2")
        bench.datapath.failsToAdd = true
        guard case .failed(let error) = bench.vswitch.answer(.change([.addPort(PortSettings(bridge: "b", interface: "v2", kind: .veth))])) else {
            Issue.record("it did not fail")
            return
        }
        #expect(error.errno == 12)
        #expect(bench.vswitch.ports.count == 1 && bench.vswitch.network.bridges["b"]?.ports.count == 1)
        #expect(try bench.vswitch.database.ports().count == 1)
    }

    @Test func removingIsTakenBackToo() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        var mirror = MirrorSettings()
        (mirror.bridge, mirror.name, mirror.output) = ("b", "m", "vtwo")
        let entry = MACEntry(bridge: "b", vlan: 0, mac: [2, 0, 0, 0, 0, 7], port: "vone")
        _ = try bench.vswitch.change([
            .setMirror(mirror), .addMAC(entry), .setMeter(MeterSettings(bridge: "b", id: 4, rate: 8000)),
            .addRules(bridge: "b", ["priority=5,in_port=one,actions=meter:4,output:two", "priority=4,actions=NORMAL"]),
        ])
        let requests: [Request] = [
            .bridges, .ports(bridge: ""), .mirrors(bridge: ""), .meters(bridge: ""), .macs(bridge: ""),
        ]
        let before = requests.map { bench.vswitch.answer($0) }
        let rules = try bench.vswitch.rules(of: bench.vswitch.bridge("b"), matching: "").map { "\($0.priority) \($0.match) \($0.actions)" }
        let reply = bench.vswitch.answer(.change([.removeBridge("b"), .removeBridge("b")]))
        #expect(reply == .failed(ApusError(.notFound, "no such bridge: b")))
        #expect(requests.map { bench.vswitch.answer($0) } == before)
        #expect(try bench.vswitch.rules(of: bench.vswitch.bridge("b"), matching: "").map { "\($0.priority) \($0.match) \($0.actions)" } == rules)
        #expect(bench.datapath.known.count == 2)
        #expect(bench.vswitch.network.bridges["b"]?.mirrors.count == 1)
        #expect(bench.datapath.meters.values.contains(8000))
    }

    @Test func portsAreFoundByManyNames() throws {
        let bench = try Bench()
        try bench.addPorts("web", "db")
        for word in ["vweb", "1", "web", "id-of-web", "id-of-we"] { #expect(try bench.vswitch.port(word).settings.name == "vweb", "\(word)") }
        #expect(try bench.vswitch.bridge("net").name == "b")
        let ambiguous = #expect(throws: ApusError.self) { try bench.vswitch.port("id-of-") }
        #expect(ambiguous?.code == .conflict)
        #expect(throws: ApusError.self) { try bench.vswitch.port("nobody") }
    }

    @Test func whatCannotBeIsRefused() throws {
        let bench = try Bench()
        try bench.addPorts("one")
        func refuse(_ change: Change, _ code: ApusError.Code, _ words: String) {
            guard case .failed(let error) = bench.vswitch.answer(.change([change])) else {
                Issue.record("\(change) was not refused")
                return
            }
            #expect(error.code == code && error.description.contains(words), "\(error)")
        }
        func port(_ body: (inout PortSettings) -> Void) -> Change {
            var port = PortSettings(bridge: "b", interface: "v9", kind: .veth)
            body(&port)
            return .addPort(port)
        }
        refuse(.addBridge(BridgeSettings(name: "b")), .conflict, "already")
        refuse(.addBridge(BridgeSettings(name: "c", network: "net")), .conflict, "network net")
        refuse(.addBridge(BridgeSettings(name: "a name")), .invalidArgument, "a name")
        refuse(.addBridge(BridgeSettings(name: "sixteen-letters-")), .invalidArgument, "too long")
        refuse(port { $0.interface = "vone" }, .conflict, "vone")
        refuse(port { $0.number = 1 }, .conflict, "number 1")
        refuse(port { $0.number = 70000 }, .invalidArgument, "70000")
        refuse(port { $0.tag = 4095 }, .invalidArgument, "4095")
        refuse(port { $0.trunks = [1] }, .invalidArgument, "trunk")
        refuse(port { ($0.vlanMode, $0.tag) = (.trunk, 1) }, .invalidArgument, "native")
        refuse(port { $0.vlanMode = .nativeTagged }, .invalidArgument, "tag")
        refuse(port { $0.mac = [1, 0, 0, 0, 0, 1] }, .invalidArgument, "single station")
        refuse(port { $0.guardsSource = true }, .invalidArgument, "MAC")
        refuse(port { $0.addresses = [[1]] }, .invalidArgument, "1 bytes")
        refuse(port { ($0.kind, $0.hostAddresses) = (.local, ["10.0.0.1"]) }, .invalidArgument, "10.0.0.1")
        refuse(port { ($0.kind, $0.interface, $0.name) = (.patch, "", "p") }, .invalidArgument, "peer")
        refuse(port { $0.isEphemeral = true }, .notFound, "v9")
        refuse(.setMeter(MeterSettings(bridge: "b", id: 0, rate: 1)), .invalidArgument, "id")
        refuse(.addRules(bridge: "b", ["in_port=vnone,actions=drop"]), .invalidArgument, "vnone")
        refuse(.addRules(bridge: "b", ["actions=meter:9"]), .notFound, "meter 9")
        refuse(.removeMAC(bridge: "b", vlan: 0, mac: [2, 0, 0, 0, 0, 1]), .notFound, "MAC table")
    }

    @Test func localPortsHaveTheirInterfaceMade() throws {
        let bench = try Bench()
        try bench.addPorts()
        var local = PortSettings(bridge: "b", interface: "b", kind: .local)
        local.hostAddresses = ["10.88.0.1/16", "fd00::1/64"]
        let numbers = try bench.vswitch.change([.addPort(local)])
        #expect(bench.links.addresses["b"] == local.hostAddresses)
        #expect(bench.datapath.known[PortNumber(rawValue: numbers[0])]?.interface == "b-s")
        #expect(bench.vswitch.network.bridges["b"]?.local?.number.rawValue == numbers[0])
        _ = try bench.vswitch.change([.removePort(bridge: "b", port: "b")])
        #expect(bench.links.links.isEmpty && bench.datapath.known.isEmpty)
    }

    @Test func aFailedRemovalLeavesTheInterface() throws {
        let bench = try Bench()
        try bench.addPorts()
        _ = try bench.vswitch.change([.addPort(PortSettings(bridge: "b", interface: "b", kind: .local))])
        #expect(throws: ApusError.self) { try bench.vswitch.change([.removePort(bridge: "b", port: "b"), .removeBridge("nobody")]) }
        #expect(bench.links.links["b-s"] != nil && bench.datapath.known.count == 1)
    }

    /// A container starts anew before the end of its first interface is told.
    @Test func aNewInterfaceOfTheSameName() throws {
        let bench = try Bench()
        try bench.addPorts("one")
        bench.links.vanish("vone")
        let link = bench.links.add("vone")
        #expect(try bench.vswitch.change([.addPort(bench.port("one"))]) == [2])
        #expect(bench.datapath.known.values.map(\.index) == [link.index])
        try bench.vswitch.takeLinkEvents()
        #expect(bench.vswitch.ports.keys.sorted() == [2])
    }

    @Test func patchesJoinBridges() throws {
        let bench = try Bench()
        try bench.addPorts("one")
        func patch(_ bridge: String, _ name: String, to peer: String) -> Change {
            var port = PortSettings(bridge: bridge, interface: "", kind: .patch)
            (port.name, port.peer, port.vlanMode) = (name, peer, .trunk)
            return .addPort(port)
        }
        bench.links.add("v2")
        _ = try bench.vswitch.change([.addBridge(BridgeSettings(name: "c")), .addPort(PortSettings(bridge: "c", interface: "v2", kind: .veth))])
        _ = try bench.vswitch.change([patch("b", "to-c", to: "to-b")])
        #expect(bench.vswitch.network.port(named: "to-c")?.configuration.isUp == false)
        _ = try bench.vswitch.change([patch("c", "to-b", to: "to-c")])
        try bench.receive(bench.frame(from: 1, to: 2), port: 1)
        #expect(bench.outputs(bench.datapath.executed[0].actions) == [2])
        _ = try bench.vswitch.change([.removePort(bridge: "", port: "to-b")])
        try bench.receive(bench.frame(from: 1, to: 3), port: 1)
        #expect(bench.outputs(bench.datapath.executed[1].actions) == [])
    }

    @Test func settingsOfAPortChange() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        var port = bench.port("one")
        (port.tag, port.rate, port.number) = (7, 1_000_000, 99)
        #expect(try bench.vswitch.change([.addPort(port, mayExist: true)]) == [1])
        #expect(bench.vswitch.network.port(PortNumber(rawValue: 1))?.configuration.tag == 7)
        #expect(bench.datapath.meters[MeterID.rate(of: PortNumber(rawValue: 1))] == 1_000_000)
        port.rate = 0
        #expect(try bench.vswitch.change([.setPort(port)]) == [1])
        #expect(bench.datapath.meters.isEmpty)
        #expect(try bench.vswitch.database.ports()[0].tag == 7)
    }

    @Test func numbersAreNotGivenAnewAtOnce() throws {
        let bench = try Bench()
        try bench.addPorts("one", "two")
        _ = try bench.vswitch.change([.removePort(bridge: "b", port: "two")])
        try bench.addPorts("three")
        #expect(bench.vswitch.ports.keys.sorted() == [1, 3])
    }
}
