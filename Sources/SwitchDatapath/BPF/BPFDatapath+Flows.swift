import CFlow
import CSwitch
public import LinuxSystem
import PacketCore
public import SwitchCore

extension BPFDatapath {
    /// Puts a flow, in the place of one with the same key and mask; what that one has carried is kept.
    public func put(_ flow: Megaflow) throws(ApusError) {
        if let known = flowsByID[flow.id], known.flow.key != flow.key || known.flow.mask != flow.mask { try remove(flow: flow.id) }
        let program = try programs.acquire(compile(flow))
        guard let (mask, isNew) = masks.acquire(flow.mask) else {
            programs.release(program)
            throw ApusError(.notSupported, "cannot put another flow: flows have \(APUS_MOST_MASKS) different masks already")
        }
        let hash = hash(flow.key, flow.mask, mask)
        do throws(ApusError) {
            let before = idsByHash[hash].flatMap { flowsByID[$0] }
            if let before, before.flow.key != flow.key || before.flow.mask != flow.mask {
                throw ApusError(.conflict, "cannot put flow \(flow.id): another one has its hash")
            }
            try write(flow, hash, mask, program, isNewMask: isNew)
            if let before { forget(before) }
        } catch {
            programs.release(program)
            if masks.release(mask) { tellOrder() }
            throw error
        }
        flowsByID[flow.id] = Flow(flow: flow, hash: hash, mask: mask, program: program)
        idsByHash[hash] = flow.id
    }

    /// What of it cannot be done in the kernel is done by the daemon, packet by packet.
    private func compile(_ flow: Megaflow) -> [ProgramAction] {
        guard var program = ActionCompiler(key: flow.key, mask: flow.mask).compile(flow.actions) else {
            return [ProgramAction(.upcall, argument: UInt32(UpcallReason.slowPath.rawValue))]
        }
        // Where the port is most likely; the kernel looks whether it is.
        if let end = program.last, end.last == 1 {
            program[program.count - 1].payload[1] = portsByNumber[PortNumber(rawValue: end.payload[0])]?.slot ?? UInt32(APUS_MOST_PORTS)
        }
        return program
    }

    private func write(_ flow: Megaflow, _ hash: UInt64, _ mask: UInt16, _ program: UInt32, isNewMask: Bool) throws(ApusError) {
        if isNewMask { try kernel.masks.put(UInt32(mask), flow.mask) }
        // What lies there is the earlier daemon's even where this one does not know it.
        var value = try idsByHash[hash] == nil ? apus_flow() : kernel.flows.get(hash, into: apus_flow()) ?? apus_flow()
        value.key = unsafe unsafeBitCast(flow.key, to: apus_flow_key.self)
        value.mask = UInt32(mask)
        value.id = flow.id
        value.program = program
        value.check = UInt32(hash >> 32)
        try kernel.flows.put(hash, value)
        if isNewMask { tellOrder() }
    }

    /// The flow's element is gone or another's.
    private func forget(_ known: Flow) {
        flowsByID[known.flow.id] = nil
        programs.release(known.program)
        if masks.release(known.mask) { tellOrder() }
    }

    /// Removes a flow; one that is not there is no error.
    public func remove(flow id: UInt64) throws(ApusError) {
        guard let known = flowsByID[id] else { return }
        try kernel.flows.remove(known.hash)
        idsByHash[known.hash] = nil
        forget(known)
    }

    /// Removes every flow: each packet comes up again.
    public func removeAllFlows() throws(ApusError) {
        for id in Array(flowsByID.keys) { try remove(flow: id) }
    }

    /// The statistics of every flow; also those that an earlier daemon has put.
    ///
    /// Orders the masks by their use, too.
    public func forEachFlow(_ body: (Megaflow, FlowStatistics) -> Void) throws(ApusError) {
        var use: [UInt16: UInt64] = [:]
        var values: [(Megaflow, FlowStatistics)] = []
        values.reserveCapacity(flowsByID.count)
        try kernel.flows.forEach(UInt64(0), apus_flow()) { _, value in
            guard let known = flowsByID[value.id] else { return }
            let statistics = sum(value)
            use[known.mask, default: 0] += statistics.packets
            values.append((known.flow, statistics))
        }
        if masks.order.count > 1, masks.sort(byUse: use) { tellOrder() }
        // Last, for it may put and remove flows.
        for (flow, statistics) in values { body(flow, statistics) }
    }

    private func sum(_ value: apus_flow) -> FlowStatistics {
        var sum = FlowStatistics()
        let counters = value.counters
        for part in [counters.0, counters.1, counters.2, counters.3] {
            sum.packets += part.packets
            sum.bytes += part.bytes
            sum.lastUsed = max(sum.lastUsed, part.last_used)
            sum.tcpFlags |= UInt16(truncatingIfNeeded: part.tcp_flags)
        }
        return sum
    }

    func hash(_ key: FlowKey, _ mask: FlowKey, _ number: UInt16) -> UInt64 {
        unsafe withUnsafeBytes(of: key) { key in
            unsafe withUnsafeBytes(of: mask) { mask in
                unsafe apus_hash(
                    key.baseAddress?.assumingMemoryBound(to: UInt64.self), mask.baseAddress?.assumingMemoryBound(to: UInt64.self),
                    kernel.config.pointee.seed &+ UInt64(number))
            }
        }
    }

    /// A packet that comes while the order is written may miss its flow: it comes up, and its flow is put once more.
    private func tellOrder() {
        unsafe withUnsafeMutableBytes(of: &kernel.config.pointee.order) { bytes in
            let order = unsafe bytes.bindMemory(to: UInt16.self)
            for (place, number) in masks.order.enumerated() { unsafe order[place] = number }
        }
        unsafe kernel.config.pointee.mask_count = UInt32(masks.order.count)
    }

    /// Takes over what an earlier daemon has put.
    func adopt() throws(ApusError) {
        try adoptPorts()
        let count = unsafe Int(min(kernel.config.pointee.mask_count, UInt32(APUS_MOST_MASKS)))
        let order: [UInt16] = unsafe withUnsafeBytes(of: kernel.config.pointee.order) { unsafe Array($0.bindMemory(to: UInt16.self).prefix(count)) }
        for number in order {
            guard let mask = try kernel.masks.get(UInt32(number), into: FlowKey()) else { continue }
            masks.adopt(number, mask)
        }
        masks.setOrder(order)
        try adoptFlows()
        programs.finishAdoption()
    }

    private func adoptFlows() throws(ApusError) {
        var strays: [UInt64] = []
        var found: [(UInt64, apus_flow)] = []
        try kernel.flows.forEach(UInt64(0), apus_flow()) { hash, value in found.append((hash, value)) }
        for (hash, value) in found {
            guard let mask = try kernel.masks.get(value.mask, into: FlowKey()), let (number, isNew) = masks.acquire(mask), !isNew else {
                strays.append(hash)
                continue
            }
            programs.adopt(value.program)
            let flow = Megaflow(
                id: value.id, key: unsafe unsafeBitCast(value.key, to: FlowKey.self), mask: mask, actions: decompile(programs.read(value.program)))
            flowsByID[flow.id] = Flow(flow: flow, hash: hash, mask: number, program: value.program)
            idsByHash[hash] = flow.id
        }
        // Put by a daemon that died before it had told of the mask.
        for hash in strays { try kernel.flows.remove(hash) }
    }
}
