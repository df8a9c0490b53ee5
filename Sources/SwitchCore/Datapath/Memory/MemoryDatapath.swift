public import LinuxSystem
public import PacketCore

/// The datapath without a kernel: frames come in by a call and go out into a list.
///
/// For tests of all that stands on a datapath; the real ones are held to what it does.
public final class MemoryDatapath: Datapath {
    /// A frame that left.
    public struct Sent: Equatable, Sendable {
        /// By which port.
        public let port: PortNumber
        /// As it left.
        public let frame: [UInt8]
        /// What is still put off.
        public let offload: OffloadHeader
    }

    /// A tag more than the deepest stack needs, and all that is pushed.
    private static let headroom = 32

    /// The time that flows and meters see: CLOCK_MONOTONIC in ns, or what a test says.
    public var clock: () -> UInt64
    /// What has left since somebody last emptied it.
    public var sent: [Sent] = []
    /// Packets that may wait to be received; more are dropped.
    public var upcallLimit = 4096
    /// Makes the next calls of `put` fail, for tests.
    public var failure: ApusError?

    private var table = MegaflowTable()
    private var portsByNumber: [PortNumber: (port: DatapathPort, statistics: PortStatistics)] = [:]
    private var meters: [UInt32: TokenBucket] = [:]
    private var dropped: [DropReason: UInt64] = [:]
    private var waiting: [DatapathPacket] = []

    /// Without ports and flows.
    public init(clock: @escaping () -> UInt64 = { 0 }) { self.clock = clock }

    /// "memory".
    public var kind: String { "memory" }

    /// In no order.
    public var ports: [DatapathPort] { portsByNumber.values.map(\.port) }

    /// How many flows there are.
    public var flowCount: Int { table.count }

    /// Adds a port.
    public func add(_ port: DatapathPort) throws(ApusError) {
        guard portsByNumber[port.number] == nil else { throw ApusError(.conflict, "the datapath has a port \(port.number.rawValue) already") }
        portsByNumber[port.number] = (port, PortStatistics())
    }

    /// Removes a port.
    public func remove(_ port: PortNumber) throws(ApusError) {
        guard portsByNumber.removeValue(forKey: port) != nil else { throw ApusError(.notFound, "the datapath has no port \(port.rawValue)") }
    }

    /// What has passed a port.
    public func statistics(of port: PortNumber) throws(ApusError) -> PortStatistics { portsByNumber[port]?.statistics ?? PortStatistics() }

    /// Puts a flow.
    public func put(_ flow: Megaflow) throws(ApusError) {
        if let failure { throw failure }
        table.put(flow)
    }

    /// Removes a flow.
    public func remove(flow id: UInt64) throws(ApusError) {
        guard table.remove(id) else { throw ApusError(.notFound, "the datapath has no flow \(id)") }
    }

    /// Removes every flow.
    public func removeAllFlows() throws(ApusError) { table.removeAll() }

    /// Every flow with its statistics.
    public func forEachFlow(_ body: (Megaflow, FlowStatistics) -> Void) throws(ApusError) { table.forEachFlow(body) }

    /// Puts or removes a meter.
    public func setMeter(_ id: UInt32, rate: UInt64, burst: UInt64) throws(ApusError) {
        meters[id] = rate == 0 ? nil : TokenBucket(rate: rate, burst: burst, now: clock())
    }

    /// Packets dropped, by reason.
    public func drops() throws(ApusError) -> [DropReason: UInt64] { dropped }

    /// Nobody needs to wait.
    public var upcallDescriptor: Int32? { nil }

    /// Takes packets that came up.
    public func receive(limit: Int, _ body: (borrowing DatapathPacket) -> Void) throws(ApusError) {
        let batch = waiting.prefix(limit)
        waiting.removeFirst(batch.count)
        for packet in batch { body(packet) }
    }

    /// Carries out actions on one packet.
    public func execute(_ actions: [DatapathAction], on packet: borrowing DatapathPacket) throws(ApusError) {
        run(actions, packet.port, packet.frame, OffloadHeader(packet.offload))
    }

    /// A frame comes in by a port.
    public func inject(_ frame: [UInt8], port: PortNumber, offload: OffloadHeader = OffloadHeader()) {
        guard portsByNumber[port] != nil else { return drop(.unknownPort) }
        portsByNumber[port]?.statistics.receivedPackets += 1
        portsByNumber[port]?.statistics.receivedBytes += UInt64(frame.count)
        let key = FlowKey(parsing: frame.span, inPort: port.rawValue)
        guard let slot = table.lookup(key) else { return upcall(.miss, port, frame, offload) }
        table.count(slot, bytes: frame.count, tcpFlags: key.tcpFlags, now: clock())
        run(table.actions(of: slot), port, frame, offload)
    }

    private func drop(_ reason: DropReason) { dropped[reason, default: 0] += 1 }

    private func upcall(_ reason: UpcallReason, _ port: PortNumber, _ frame: [UInt8], _ offload: OffloadHeader) {
        guard waiting.count < upcallLimit else { return drop(.upcallQueueFull) }
        waiting.append(DatapathPacket(port: port, reason: reason, offload: offload.bytes, frame: frame))
    }

    private func run(_ actions: [DatapathAction], _ port: PortNumber, _ frame: [UInt8], _ offload: OffloadHeader) {
        var buffer = [UInt8](repeating: 0, count: MemoryDatapath.headroom) + frame
        var layout = FrameLayout()
        let key = unsafe FlowKey(parsing: frame.span.bytes, inPort: port.rawValue, layout: &layout)
        unsafe buffer.withUnsafeMutableBytes { bytes in
            var editor = unsafe PacketEditor(bytes, start: MemoryDatapath.headroom, count: frame.count, key: key, layout: layout, offload: offload)
            for action in actions {
                let place = editor.start..<editor.start + editor.count
                switch action {
                case .output(let target): output(target, unsafe Array(bytes[place]), editor.offload)
                case .upcall(let reason): upcall(reason, port, unsafe Array(bytes[place]), editor.offload)
                case .meter(let id):
                    let cost = MeterID.isOfPackets(id) ? 1 : UInt64(editor.count) * 8
                    guard meters[id]?.take(cost, now: clock()) ?? true else {
                        return drop(MeterID.isOfPackets(id) ? .storm : id >> 31 != 0 ? .portRate : .meter)
                    }
                case .drop(let reason): return drop(reason)
                case .set, .pushVLAN, .popVLAN: guard editor.apply(action) else { return drop(.slowPathFailed) }
                }
            }
            if actions.isEmpty { drop(.rule) }
        }
    }

    private func output(_ port: PortNumber, _ frame: [UInt8], _ offload: OffloadHeader) {
        guard portsByNumber[port] != nil else { return drop(.unknownPort) }
        portsByNumber[port]?.statistics.sentPackets += 1
        portsByNumber[port]?.statistics.sentBytes += UInt64(frame.count)
        sent.append(Sent(port: port, frame: frame, offload: offload))
    }
}
