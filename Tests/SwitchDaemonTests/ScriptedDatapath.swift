import LinuxSystem
import PacketCore
import SwitchCore

/// A datapath that keeps what it is told, gives the packets that a test puts in, and fails where the test wants it.
final class ScriptedDatapath: Datapath {
    let kind = "scripted"
    var known: [PortNumber: DatapathPort] = [:]
    var flows: [UInt64: Megaflow] = [:]
    var statistics: [UInt64: FlowStatistics] = [:]
    var meters: [UInt32: UInt64] = [:]
    /// What was carried out, with the port that the packet came in by.
    var executed: [(port: PortNumber, actions: [DatapathAction])] = []
    var waiting: [DatapathPacket] = []
    var failsToAdd = false
    var failsToPut = false

    var ports: [DatapathPort] { Array(known.values) }

    func add(_ port: DatapathPort) throws(ApusError) {
        if failsToAdd { throw ApusError(.system, "cannot add", errno: 12) }
        known[port.number] = port
    }

    func remove(_ port: PortNumber) throws(ApusError) { known[port] = nil }

    func statistics(of port: PortNumber) throws(ApusError) -> PortStatistics { PortStatistics(receivedPackets: UInt64(port.rawValue)) }

    func put(_ flow: Megaflow) throws(ApusError) {
        if failsToPut { throw ApusError(.system, "cannot put", errno: 7) }
        flows[flow.id] = flow
    }

    func remove(flow id: UInt64) throws(ApusError) { flows[id] = nil }

    func removeAllFlows() throws(ApusError) { flows = [:] }

    func forEachFlow(_ body: (Megaflow, FlowStatistics) -> Void) throws(ApusError) {
        for (id, flow) in flows { body(flow, statistics[id] ?? FlowStatistics()) }
    }

    func setMeter(_ id: UInt32, rate: UInt64, burst: UInt64) throws(ApusError) { meters[id] = rate == 0 ? nil : rate }

    func drops() throws(ApusError) -> [DropReason: UInt64] { [.noRule: 3] }

    var upcallDescriptor: Int32? { nil }

    func receive(limit: Int, _ body: (borrowing DatapathPacket) -> Void) throws(ApusError) {
        let batch = waiting.prefix(limit)
        waiting.removeFirst(batch.count)
        for packet in batch { body(packet) }
    }

    func execute(_ actions: [DatapathAction], on packet: borrowing DatapathPacket) throws(ApusError) { executed.append((packet.port, actions)) }
}
