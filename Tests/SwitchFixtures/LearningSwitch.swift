public import LinuxSystem
import PacketCore
public import SwitchCore

/// The smallest slow path over a datapath: it learns addresses, floods what it does not know, and puts a flow for what it does.
///
/// For tests and benches of datapaths alone; the product's is in SwitchCore.
public final class LearningSwitch {
    /// How much of a packet a flow is for.
    public enum Grain: Sendable {
        /// Port, addresses of Ethernet, type, VLAN.
        case addresses
        /// Every bit.
        case exact
        /// No flow is put: every packet takes the slow path.
        case none
    }

    /// Over which it works.
    public let datapath: any Datapath
    /// Of the flows that are put from now on.
    public var grain = Grain.addresses
    /// Flows put.
    public private(set) var flowCount: UInt64 = 0
    /// Packets that came up.
    public private(set) var packetCount: UInt64 = 0
    private var table: [MACAddress: PortNumber] = [:]

    /// A switch without any knowledge, of all the datapath's ports.
    public init(_ datapath: any Datapath) { self.datapath = datapath }

    /// Serves what has come up, without waiting.
    ///
    /// - Returns: how many packets.
    @discardableResult
    public func serve(limit: Int = 256) throws(ApusError) -> Int {
        var failure: ApusError?
        var count = 0
        try datapath.receive(limit: limit) { packet in
            count += 1
            do throws(ApusError) { try serve(packet) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        packetCount += UInt64(count)
        return count
    }

    private func serve(_ packet: borrowing DatapathPacket) throws(ApusError) {
        let key = unsafe FlowKey(parsing: packet.frame.span.bytes, inPort: packet.port.rawValue)
        if !key.ethernetSource.isMulticast { table[key.ethernetSource] = packet.port }
        var actions: [DatapathAction] = []
        let known = key.ethernetDestination.isMulticast ? nil : table[key.ethernetDestination]
        if let known {
            if known != packet.port { actions = [.output(known)] }
        } else {
            for port in datapath.ports where port.number != packet.port { actions.append(.output(port.number)) }
        }
        // Floods have no flow, so that an address is known as soon as its owner has sent.
        if known != nil, grain != .none {
            flowCount += 1
            try datapath.put(flow(key, actions))
        }
        try datapath.execute(actions, on: packet)
    }

    private func flow(_ key: FlowKey, _ actions: [DatapathAction]) -> Megaflow {
        var mask = FlowKey()
        if grain == .exact {
            for word in 0..<FlowKey.wordCount { mask.words[word] = .max }
        } else {
            mask.inPort = .max
            mask.ethernetSource = .broadcast
            mask.ethernetDestination = .broadcast
            mask.ethernetType = .max
            mask.vlanControl = .max
            mask.vlanProtocol = .max
        }
        var masked = FlowKey()
        for word in 0..<FlowKey.wordCount { masked.words[word] = key.words[word] & mask.words[word] }
        return Megaflow(id: flowCount, key: masked, mask: mask, actions: actions)
    }
}
