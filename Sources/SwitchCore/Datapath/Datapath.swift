public import LinuxSystem
public import PacketCore

/// A megaflow: every packet whose key under the mask equals the flow's is treated alike.
public struct Megaflow: Sendable {
    /// Chosen by the slow path; the name of the flow in everything that follows.
    public let id: UInt64
    /// Under `mask` already.
    public let key: FlowKey
    /// A 1 bit counts.
    public let mask: FlowKey
    /// None drops.
    public let actions: [DatapathAction]

    /// Makes one from its parts.
    public init(id: UInt64, key: FlowKey, mask: FlowKey, actions: [DatapathAction]) {
        self.id = id
        self.key = key
        self.mask = mask
        self.actions = actions
    }
}

/// What a flow has carried since it was put.
public struct FlowStatistics: Equatable, Sendable {
    /// How many.
    public var packets: UInt64
    /// Their lengths, Ethernet header included.
    public var bytes: UInt64
    /// Of the last packet: CLOCK_MONOTONIC in ns, 0 for never.
    public var lastUsed: UInt64
    /// All TCP flags seen, or-ed.
    public var tcpFlags: UInt16

    /// Makes one from its parts.
    public init(packets: UInt64 = 0, bytes: UInt64 = 0, lastUsed: UInt64 = 0, tcpFlags: UInt16 = 0) {
        self.packets = packets
        self.bytes = bytes
        self.lastUsed = lastUsed
        self.tcpFlags = tcpFlags
    }
}

/// A port as a datapath knows it: an interface of the host, by name and kernel index.
public struct DatapathPort: Equatable, Sendable {
    /// What the switch calls it.
    public let number: PortNumber
    /// What the kernel calls it.
    public let interface: String
    /// The kernel's interface index.
    public let index: UInt32
    /// Whether the interface is a veth whose other end is in another network namespace: a packet may be handed over to that end directly.
    public let isVeth: Bool
    /// The address of a veth's other end: what goes there is handed over directly.
    ///
    /// Without it, or where it is wrong, packets go the longer way.
    public let peerAddress: MACAddress?

    /// Makes one from its parts.
    public init(number: PortNumber, interface: String, index: UInt32, isVeth: Bool, peerAddress: MACAddress? = nil) {
        self.number = number
        self.interface = interface
        self.index = index
        self.isVeth = isVeth
        self.peerAddress = peerAddress
    }
}

/// What has passed a port since it was added; whole segments count as one packet.
public struct PortStatistics: Equatable, Sendable {
    /// From the port into the switch.
    public var receivedPackets: UInt64
    /// Their lengths, Ethernet header included.
    public var receivedBytes: UInt64
    /// From the switch to the port.
    public var sentPackets: UInt64
    /// Their lengths, Ethernet header included.
    public var sentBytes: UInt64

    /// Makes one from its parts.
    public init(receivedPackets: UInt64 = 0, receivedBytes: UInt64 = 0, sentPackets: UInt64 = 0, sentBytes: UInt64 = 0) {
        self.receivedPackets = receivedPackets
        self.receivedBytes = receivedBytes
        self.sentPackets = sentPackets
        self.sentBytes = sentBytes
    }
}

/// A packet that came up, or goes down: the Ethernet frame, and what the kernel has put off (struct virtio_net_hdr) so that segments stay whole.
public struct DatapathPacket: Sendable {
    /// Where it came in.
    public var port: PortNumber
    /// Why it came up.
    public var reason: UpcallReason
    /// The ten bytes of struct virtio_net_hdr.
    public var offload: InlineArray<10, UInt8>
    /// From the destination address on.
    public var frame: [UInt8]

    /// Makes one from its parts.
    public init(port: PortNumber, reason: UpcallReason, offload: InlineArray<10, UInt8> = InlineArray(repeating: 0), frame: [UInt8]) {
        self.port = port
        self.reason = reason
        self.offload = offload
        self.frame = frame
    }
}

/// A cache of the slow path's decisions that forwards packets by them, and sends up what it has no decision for.
///
/// One thread at a time calls it. Three exist: BPF in the kernel, packet sockets, and one in memory for tests.
public protocol Datapath: AnyObject {
    /// What there can be no more of, for `apus switch show`: "bpf", "packet-socket", "memory".
    var kind: String { get }

    /// The ports that it has, in no order; those too that an earlier daemon has added.
    var ports: [DatapathPort] { get }
    func add(_ port: DatapathPort) throws(ApusError)
    func remove(_ port: PortNumber) throws(ApusError)
    /// Of a port that it does not have: zeros.
    func statistics(of port: PortNumber) throws(ApusError) -> PortStatistics
    /// Puts a flow, in the place of one with the same key and mask.
    func put(_ flow: Megaflow) throws(ApusError)
    func remove(flow id: UInt64) throws(ApusError)
    func removeAllFlows() throws(ApusError)
    /// The statistics of every flow; also those that an earlier daemon has put.
    func forEachFlow(_ body: (Megaflow, FlowStatistics) -> Void) throws(ApusError)
    /// Bits a second and the burst in bits, or both in packets where `MeterID.isOfPackets` says so; 0 removes the meter.
    func setMeter(_ id: UInt32, rate: UInt64, burst: UInt64) throws(ApusError)
    /// Packets dropped by the datapath itself, by reason.
    func drops() throws(ApusError) -> [DropReason: UInt64]

    /// A descriptor that polls readable while packets wait, or nil where `receive` need not be waited for.
    var upcallDescriptor: Int32? { get }
    /// Takes up to `limit` packets that came up, without waiting.
    func receive(limit: Int, _ body: (borrowing DatapathPacket) -> Void) throws(ApusError)
    /// Carries out actions on one packet, as the datapath would on a packet of a flow.
    func execute(_ actions: [DatapathAction], on packet: borrowing DatapathPacket) throws(ApusError)
}
