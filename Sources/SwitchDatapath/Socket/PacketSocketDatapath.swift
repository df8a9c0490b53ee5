import CFlow
import CSwitch
import Glibc
public import LinuxSystem
import PacketCore
public import SwitchCore

/// The datapath by packet sockets (packet(7)), in threads of its own: for hosts and user namespaces where BPF is not allowed.
///
/// It carries out the same programs as `BPFDatapath`. What comes in by a port is kept from the host's own stack by a chain of nf_tables at the
/// interface's ingress. It ends with its process. To be called by one thread at a time.
@safe public final class PacketSocketDatapath: Datapath {
    /// Which of the datapaths it is.
    public let kind = "packet-socket"

    @safe private struct Flow {
        let flow: Megaflow
        let handle: OpaquePointer
    }

    /// What names a flow in the datapath.
    private struct Name: Hashable {
        let key: FlowKey
        let mask: FlowKey
    }

    private let engine: OpaquePointer
    private var portsByNumber: [PortNumber: DatapathPort] = [:]
    private var slots: [PortNumber: UInt32] = [:]
    private var freeSlots: [UInt32]
    private var flowsByID: [UInt64: Flow] = [:]
    private var ids: [Name: UInt64] = [:]
    private var slowMeters: [UInt32: TokenBucket] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)

    /// Starts the threads: one for each processor, four at most where none is said.
    public init(threads: Int? = nil) throws(ApusError) {
        let usual = min(4, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        guard let engine = unsafe apus_socket_new(Int32(threads ?? usual)) else {
            let error = errno
            throw ApusError(errno: error, "cannot start the packet-socket datapath")
        }
        unsafe self.engine = engine
        freeSlots = Array((0..<UInt32(APUS_MOST_PORTS)).reversed())
    }

    deinit { unsafe apus_socket_free(engine) }

    /// The ports that it has, in no order.
    public var ports: [DatapathPort] { Array(portsByNumber.values) }

    /// Adds a port, or changes what is known of it; what has passed it is kept then.
    public func add(_ port: DatapathPort) throws(ApusError) {
        if let known = portsByNumber[port.number], known.index != port.index { try remove(port.number) }
        var value = apus_port()
        value.number = port.number.rawValue
        value.interface = port.index
        let mtu = unsafe apus_interface_mtu(port.interface)
        guard mtu >= 0 else {
            let error = errno
            throw ApusError(errno: error, "cannot add port \(port.interface) to the switch")
        }
        value.mtu = UInt32(mtu)
        guard let slot = slots[port.number] ?? freeSlots.popLast() else {
            throw ApusError(.notSupported, "cannot add port \(port.interface): the switch has no room for more")
        }
        value.slot = slot
        do throws(ApusError) {
            if portsByNumber[port.number] == nil {
                try systemCall("cannot keep the host from what comes in by \(port.interface)") { unsafe apus_socket_keep_from_host(port.interface, 1) }
            }
            try systemCall("cannot open a packet socket on \(port.interface)") { unsafe apus_socket_add_port(engine, &value) }
        } catch {
            freeSlots.append(slot)
            throw error
        }
        slots[port.number] = slot
        portsByNumber[port.number] = port
    }

    /// Removes a port; one whose interface is gone already too.
    public func remove(_ number: PortNumber) throws(ApusError) {
        guard let port = portsByNumber.removeValue(forKey: number), let slot = slots.removeValue(forKey: number) else { return }
        try systemCall("cannot remove port \(port.interface) from the switch") { unsafe apus_socket_remove_port(engine, number.rawValue) }
        freeSlots.append(slot)
        // With the interface the kernel removed its chain.
        _ = unsafe apus_socket_keep_from_host(port.interface, 0)
    }

    /// Of a port that it does not have: zeros.
    public func statistics(of port: PortNumber) throws(ApusError) -> PortStatistics {
        var counters = apus_port_counters()
        unsafe apus_socket_port_counters(engine, port.rawValue, &counters)
        return PortStatistics(
            receivedPackets: counters.received_packets, receivedBytes: counters.received_bytes, sentPackets: counters.sent_packets,
            sentBytes: counters.sent_bytes)
    }

    /// Puts a flow, in the place of one with the same key and mask; what that one has carried is kept.
    public func put(_ flow: Megaflow) throws(ApusError) {
        let name = Name(key: flow.key, mask: flow.mask)
        if let known = flowsByID[flow.id], known.flow.key != flow.key || known.flow.mask != flow.mask { try remove(flow: flow.id) }
        let before = ids[name].flatMap { flowsByID[$0] }
        let program =
            ActionCompiler(key: flow.key, mask: flow.mask).compile(flow.actions) ?? [ProgramAction(.upcall, argument: UInt32(UpcallReason.slowPath.rawValue))]
        let put = unsafe withUnsafeBytes(of: (flow.key, flow.mask)) { keys in
            unsafe program.withUnsafeBytes { actions in
                let key = unsafe keys.baseAddress?.assumingMemoryBound(to: apus_flow_key.self)
                return unsafe apus_socket_put(
                    engine, before?.handle, key, key?.advanced(by: 1), flow.id, actions.baseAddress?.assumingMemoryBound(to: apus_action.self),
                    UInt32(program.count))
            }
        }
        guard let handle = unsafe put else {
            let error = errno
            throw ApusError(errno: error, "cannot put flow \(flow.id)")
        }
        if let before { flowsByID[before.flow.id] = nil }
        flowsByID[flow.id] = unsafe Flow(flow: flow, handle: handle)
        ids[name] = flow.id
    }

    /// Removes a flow; one that is not there is no error.
    public func remove(flow id: UInt64) throws(ApusError) {
        guard let known = flowsByID.removeValue(forKey: id) else { return }
        ids[Name(key: known.flow.key, mask: known.flow.mask)] = nil
        unsafe apus_socket_remove(engine, known.handle)
    }

    /// Removes every flow: each packet comes up again.
    public func removeAllFlows() throws(ApusError) {
        for id in Array(flowsByID.keys) { try remove(flow: id) }
    }

    /// The statistics of every flow.
    public func forEachFlow(_ body: (Megaflow, FlowStatistics) -> Void) throws(ApusError) {
        for known in Array(flowsByID.values) {
            var counters = apus_flow_counters()
            unsafe apus_socket_flow_counters(known.handle, &counters)
            body(
                known.flow,
                FlowStatistics(
                    packets: counters.packets, bytes: counters.bytes, lastUsed: counters.last_used,
                    tcpFlags: UInt16(truncatingIfNeeded: counters.tcp_flags)))
        }
    }

    /// Bits a second and the burst in bits, packets where the number says so (`MeterID`); 0 removes the meter, a burst of 0 is a tenth of a second's.
    public func setMeter(_ id: UInt32, rate: UInt64, burst: UInt64) throws(ApusError) {
        slowMeters[id] = rate == 0 ? nil : TokenBucket(rate: rate, burst: burst, now: monotonicTime())
        let burst = burst == 0 ? max(rate / 10, 1) : burst
        try systemCall("cannot set meter \(id)") { unsafe apus_socket_set_meter(engine, id, min(rate, 1 << 39), burst) }
    }

    /// Packets dropped by the datapath itself, by reason.
    public func drops() throws(ApusError) -> [DropReason: UInt64] {
        var counts = [UInt64](repeating: 0, count: Int(APUS_MOST_REASONS))
        unsafe apus_socket_drops(engine, &counts)
        var drops: [DropReason: UInt64] = [:]
        for (number, count) in counts.enumerated() where count > 0 {
            if let reason = DropReason(rawValue: UInt16(number)) { drops[reason] = count }
        }
        return drops
    }

    /// Polls readable while packets wait.
    public var upcallDescriptor: Int32? { unsafe apus_socket_descriptor(engine) }

    /// Takes up to `limit` packets that came up, without waiting.
    public func receive(limit: Int, _ body: (borrowing DatapathPacket) -> Void) throws(ApusError) {
        for _ in 0..<limit {
            var port: UInt32 = 0
            var reason: UInt16 = 0
            let count: Int64
            do throws(ApusError) {
                count = try systemCall("cannot receive from the packet-socket datapath") {
                    unsafe apus_socket_receive(engine, &port, &reason, &buffer, UInt32(buffer.count))
                }
            } catch {
                if error.errno == EAGAIN || error.errno == EWOULDBLOCK { return }
                throw error
            }
            guard count >= 24 else { continue }
            var offload = InlineArray<10, UInt8>(repeating: 0)
            for index in 0..<10 { offload[index] = buffer[index] }
            body(
                DatapathPacket(
                    port: PortNumber(rawValue: port), reason: UpcallReason(rawValue: reason) ?? .miss, offload: offload, frame: Array(buffer[10..<Int(count)])))
        }
    }

    /// Carries out actions on one packet, as the datapath would on a packet of a flow.
    public func execute(_ actions: [DatapathAction], on packet: borrowing DatapathPacket) throws(ApusError) {
        if let program = ActionCompiler(packet: packet).compile(actions) { return try run(program, packet) }
        try carryOut(actions, on: packet, meters: &slowMeters) { (action, packet) throws(ApusError) in
            try run(ActionCompiler(packet: packet).compile([action]) ?? [], packet)
        }
    }

    private func run(_ program: [ProgramAction], _ packet: borrowing DatapathPacket) throws(ApusError) {
        var frame = packet.frame
        let size = UInt32(frame.count)
        var offload = packet.offload
        try systemCall("cannot send a packet of \(size) bytes") {
            unsafe withUnsafeBytes(of: &offload) { offload in
                unsafe program.withUnsafeBytes { actions in
                    unsafe apus_socket_execute(
                        engine, packet.port.rawValue, offload.baseAddress?.assumingMemoryBound(to: UInt8.self), &frame, size,
                        actions.baseAddress?.assumingMemoryBound(to: apus_action.self), UInt32(program.count))
                }
            }
        }
    }
}
