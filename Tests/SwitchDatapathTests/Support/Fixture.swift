import CSwitch
import Glibc
import LinuxSystem
import PacketCore
import SwitchCore
import Testing

@testable import SwitchDatapath

/// The real datapaths, over which the same tests run.
enum DatapathKind: CaseIterable {
    case bpf
    case packetSocket

    func make() throws -> any Datapath {
        switch self {
        case .bpf: try BPFDatapath(tap: "apus-up")
        case .packetSocket: try PacketSocketDatapath()
        }
    }
}

extension Megaflow {
    /// Every packet that comes in by a port.
    init(id: UInt64, from port: UInt32, _ actions: [DatapathAction]) {
        var key = FlowKey()
        var mask = FlowKey()
        key.inPort = port
        mask.inPort = .max
        self.init(id: id, key: key, mask: mask, actions: actions)
    }

    /// One exact key.
    init(id: UInt64, exact key: FlowKey, _ actions: [DatapathAction]) {
        var mask = FlowKey()
        for word in 0..<FlowKey.wordCount { mask.words[word] = .max }
        self.init(id: id, key: key, mask: mask, actions: actions)
    }
}

extension DatapathAction {
    static func output(_ number: UInt32) -> Self { .output(PortNumber(rawValue: number)) }
}

/// Collects packets until there are `count`, or 2 s have passed.
func upcalls(_ datapath: any Datapath, _ count: Int) throws -> [DatapathPacket] { try upcalls(datapath) { $0.count >= count } }

/// What has come up when it is enough, or after two seconds.
func upcalls(_ datapath: any Datapath, until isEnough: ([DatapathPacket]) -> Bool) throws -> [DatapathPacket] {
    var packets: [DatapathPacket] = []
    for _ in 0..<200 {
        try datapath.receive(limit: 1000) { packets.append(copy $0) }
        if isEnough(packets) { break }
        usleep(10_000)
    }
    return packets
}

/// Whether it holds within two seconds.
func eventually(_ condition: () throws -> Bool) throws -> Bool {
    for _ in 0..<200 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}

/// The key of a frame by the parser in Swift.
func flowKey(_ frame: [UInt8], from port: UInt32) -> FlowKey { unsafe FlowKey(parsing: frame.span.bytes, inPort: port) }

/// 0 where there is no such interface.
func interfaceIndex(_ name: String) -> UInt32 { unsafe apus_interface_index(name) }
