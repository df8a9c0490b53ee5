import LinuxSystem
import PacketCore
import SwitchCore

/// The slow path's work: packets that came up, and flows that grow old or wrong.
extension Switch {
    /// Takes packets that came up, a batch; whether there may be more.
    func takeUpcalls(limit: Int = 256) throws(ApusError) -> Bool {
        var taken = 0
        let now = monotonicNanoseconds()
        try datapath.receive(limit: limit) { packet in
            taken += 1
            upcall(packet, now: now)
        }
        upcalls += UInt64(taken)
        return taken == limit
    }

    private func upcall(_ packet: borrowing DatapathPacket, now: UInt64) {
        switch packet.reason {
        case .miss, .slowPath:
            let key = FlowKey(parsing: packet.frame.span, inPort: packet.port.rawValue)
            let translation = network.translate(key, now: now)
            network.apply(translation, packets: 1, bytes: UInt64(packet.frame.count), now: now)
            do throws(ApusError) {
                // A packet that the datapath cannot serve itself has its flow already.
                if packet.reason == .miss && !flows.isFull { try put(flows.install(key, translation, now: now)) }
                try datapath.execute(translation.actions, on: packet)
            } catch {
                slowDrops[.slowPathFailed, default: 0] += 1
                log(.warning, about: "flows", "cannot serve a packet of port \(packet.port.rawValue): \(error)")
            }
        case .controller, .capture:
            // Nobody listens yet; the rule that sent it up has counted it.
            log(.debug, about: "upcalls", "a packet of port \(packet.port.rawValue) came up for \(packet.reason.name)")
        }
    }

    private func put(_ flow: Megaflow) throws(ApusError) {
        do throws(ApusError) { try datapath.put(flow) } catch {
            flows.forget(flow.id)
            throw error
        }
    }

    /// What the datapath has counted goes to rules, ports and the ages of MAC addresses.
    func creditFlows() throws(ApusError) {
        let now = monotonicNanoseconds()
        try datapath.forEachFlow { flow, statistics in
            creditDrops(flow, statistics)
            flows.credit(flow, statistics, now: now)
        }
    }

    /// Flows that end in a drop count for the port that their packets came from.
    private func creditDrops(_ flow: Megaflow, _ statistics: FlowStatistics) {
        guard case .drop? = flow.actions.last, flow.mask.inPort == ~0 else { return }
        let before = dropCounts[flow.id] ?? 0
        if statistics.packets > before { portDrops[flow.key.inPort, default: 0] += statistics.packets - before }
        dropCounts[flow.id] = statistics.packets
    }

    /// Takes over the flows of an earlier daemon: from them is known where MAC addresses are, so that nothing is flooded that was not before, and what
    /// rules have carried by them.
    func adoptFlows() throws(ApusError) {
        let now = monotonicNanoseconds()
        var count = 0
        try datapath.forEachFlow { flow, statistics in
            let seen = statistics.lastUsed == 0 ? now : min(now, statistics.lastUsed)
            network.apply(network.translate(flow.key, now: now), packets: statistics.packets, bytes: statistics.bytes, now: seen)
            flows.adopt(flow, statistics, now: now)
            count += 1
        }
        if count > 0 { log(.info, "took over \(count) flows of the datapath") }
        try revalidate()
    }

    /// Corrects and removes flows of the datapath; translates at most `limit` of them again.
    func revalidate(limit: Int = .max) throws(ApusError) {
        let now = monotonicNanoseconds()
        validated = network.generation
        for change in flows.revalidate(now: now, limit: limit) {
            switch change {
            case .put(let flow):
                attempt("a flow") { () throws(ApusError) in try put(flow) }
            case .remove(let id):
                dropCounts[id] = nil
                attempt("a flow") { () throws(ApusError) in try datapath.remove(flow: id) }
            }
        }
    }

    /// Whether flows may be wrong by now.
    var mustRevalidate: Bool { validated != network.generation || flows.isPending }
}
