import LinuxSystem
import PacketCore
import SwitchControl
import SwitchCore
import Testing

@testable import SwitchDaemon

/// The switch over the datapath in memory, which forwards as the real ones do: frames in, frames out.
@Suite struct ForwardingTests {
    private final class Place {
        let scratch: Scratch
        let datapath = MemoryDatapath { monotonicNanoseconds() }
        let links = FakeLinks()
        let vswitch: Switch

        init(_ changes: [Change], interfaces: String...) throws {
            scratch = try Scratch()
            for name in interfaces { links.add(name) }
            let database = try SwitchDatabase("\(scratch.path)/switch.db", boot: "now")
            vswitch = Switch(database: database, datapath: datapath, links: links, log: DaemonLog { _ in })
            _ = try vswitch.change(changes)
        }

        /// Where a frame goes.
        func send(_ frame: [UInt8], from port: UInt32) throws -> [UInt32] {
            datapath.sent = []
            datapath.inject(frame, port: PortNumber(rawValue: port))
            while try vswitch.takeUpcalls() {}
            return datapath.sent.map(\.port.rawValue).sorted()
        }
    }

    private func frame(_ source: UInt8, _ destination: UInt8) -> [UInt8] {
        [2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source, 0x88, 0xb5] + [UInt8](repeating: 0, count: 46)
    }

    private func port(_ interface: String, _ body: (inout PortSettings) -> Void = { _ in }) -> Change {
        var port = PortSettings(bridge: "b", interface: interface, kind: .veth)
        body(&port)
        return .addPort(port)
    }

    @Test func aSwitchThatLearns() throws {
        let place = try Place([.addBridge(BridgeSettings(name: "b")), port("v1"), port("v2"), port("v3")], interfaces: "v1", "v2", "v3")
        #expect(try place.send(frame(1, 2), from: 1) == [2, 3])
        #expect(try place.send(frame(2, 1), from: 2) == [1])
        try place.vswitch.revalidate()
        #expect(try place.send(frame(1, 2), from: 1) == [2])
        // It has moved.
        #expect(try place.send(frame(2, 1), from: 3) == [1])
        try place.vswitch.revalidate()
        #expect(try place.send(frame(1, 2), from: 1) == [3])
    }

    @Test func knownFlowsAskNobody() throws {
        let place = try Place([.addBridge(BridgeSettings(name: "b")), port("v1"), port("v2")], interfaces: "v1", "v2")
        for _ in 0..<10 { #expect(try place.send(frame(1, 2), from: 1) == [2]) }
        #expect(place.vswitch.upcalls == 1)
        try place.vswitch.creditFlows()
        #expect(place.vswitch.counters(of: try place.vswitch.port("v1")).receivedPackets == 10)
    }

    @Test func isolatedPortsTalkToOthersOnly() throws {
        let place = try Place(
            [.addBridge(BridgeSettings(name: "b")), port("v1") { $0.isIsolated = true }, port("v2") { $0.isIsolated = true }, port("v3")],
            interfaces: "v1", "v2", "v3")
        #expect(try place.send(frame(1, 9), from: 1) == [3])
        #expect(try place.send(frame(3, 8), from: 3) == [1, 2])
    }

    @Test func aRuleThatChangesIsFollowed() throws {
        let place = try Place(
            [.addBridge(BridgeSettings(name: "b")), port("v1"), port("v2"), port("v3"), .addRules(bridge: "b", ["in_port=v1,actions=output:v2"])],
            interfaces: "v1", "v2", "v3")
        #expect(try place.send(frame(1, 9), from: 1) == [2])
        _ = try place.vswitch.change([.modifyRules(bridge: "b", ["in_port=v1,actions=output:v3"])])
        try place.vswitch.revalidate()
        #expect(try place.send(frame(1, 9), from: 1) == [3])
        _ = try place.vswitch.change([.removePort(bridge: "b", port: "v3")])
        try place.vswitch.revalidate()
        #expect(try place.send(frame(1, 9), from: 1) == [])
    }
}
