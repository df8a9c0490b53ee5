import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

/// A switch with one bridge of a few ports, named p1, p2, ...
struct BridgeFixture {
    let network = VirtualSwitch()
    let bridge: Bridge
    var now: UInt64 = 1_000_000_000

    init(ports: Int = 4, _ configure: (inout PortConfiguration) -> Void = { _ in }) throws {
        bridge = network.set(BridgeConfiguration(name: "br"))
        for number in 1...ports {
            var port = PortConfiguration(number: PortNumber(rawValue: UInt32(number)), name: "p\(number)")
            configure(&port)
            try network.set(port, in: "br")
        }
    }

    func change(_ number: UInt32, _ body: (inout PortConfiguration) -> Void) throws {
        var configuration = network.port(PortNumber(rawValue: number))!.configuration
        body(&configuration)
        try network.set(configuration, in: "br")
    }

    func add(_ text: String) throws { try bridge.add(RuleSpec(parsing: text, ports: bridge.port(named:)), now: now) }

    /// What the datapath is told about a frame, in words; the bridge learns from it.
    func send(_ frame: FrameBuilder, from port: UInt32) -> String { send(frame.bytes, from: port) }

    func send(_ frame: [UInt8], from port: UInt32) -> String {
        let translation = network.translate(FlowKey(parsing: frame.span, inPort: port), now: now)
        network.apply(translation, packets: 1, bytes: UInt64(frame.count), now: now)
        return DatapathAction.text(translation.actions)
    }
}

/// A frame between two hosts, of addresses 02:00:00:00:00:01 and so on.
func hosts(_ source: UInt64, _ destination: UInt64?, vlan: UInt16? = nil) -> FrameBuilder {
    var frame = FrameBuilder("10.0.0.\(source)", destination.map { "10.0.0.\($0)" } ?? "255.255.255.255")
    frame.source = MACAddress(rawValue: 0x0200_0000_0000 + source)
    frame.destination = destination.map { MACAddress(rawValue: 0x0200_0000_0000 + $0) } ?? .broadcast
    if let vlan { frame.tags = [(0x8100, vlan)] }
    return frame
}
