public import PacketCore

/// What the daemon is to do in the datapath.
public enum FlowChange {
    /// In the place of the flow with the same id, key and mask.
    case put(Megaflow)
    /// The flow of that id goes.
    case remove(UInt64)
}

/// The megaflows that the datapath holds, with what they rest on: the slow path's side of the cache.
///
/// What a flow has carried is credited to its rules and keeps its addresses from ageing. After a change of the switch each flow's packet is translated again:
/// the flow stays, gets other actions, or goes where its mask would be too small by now. A flow whose source was seen at another port goes too, so that the
/// next packet from there is seen. One thread at a time.
public final class InstalledFlows {
    private struct Record {
        var flow: Megaflow
        var translation: Translation
        var statistics = FlowStatistics()
        let created: UInt64
        var used: UInt64
    }

    private struct Identity: Hashable {
        let key: FlowKey
        let mask: FlowKey
    }

    private let network: VirtualSwitch
    private var records: [UInt64: Record] = [:]
    private var byIdentity: [Identity: UInt64] = [:]
    /// Which flows rest on an address, and which on a count of addresses.
    private var byAddress: [AddressUse: Set<UInt64>] = [:]
    private var countDependents: Set<UInt64> = []
    private var nextID: UInt64 = 1
    /// What `pending` knows of the switch; nil knows nothing.
    private var seenStructure: UInt64?
    private var seenAddresses: [ObjectIdentifier: UInt64] = [:]
    private var nextSweep: UInt64 = 0
    /// Flows that are to be translated again.
    private var pending: Set<UInt64> = []

    /// Nanoseconds without a packet after which a flow goes.
    public var idleTime: UInt64 = 10_000_000_000
    /// With more flows than this, `crowdedIdleTime` counts.
    public var limit = 200_000
    /// Nanoseconds.
    public var crowdedIdleTime: UInt64 = 100_000_000

    /// So many that no further flow should be put: packets are then decided one by one.
    public var isFull: Bool { records.count >= limit * 2 }

    /// Of none.
    public init(_ network: VirtualSwitch) { self.network = network }

    /// How many flows there are.
    public var count: Int { records.count }

    /// A flow for a packet that missed, to be put into the datapath.
    public func install(_ key: FlowKey, _ translation: Translation, now: UInt64) -> Megaflow {
        var masked = key
        for index in 0..<FlowKey.wordCount { masked.words[index] &= translation.mask.words[index] }
        let identity = Identity(key: masked, mask: translation.mask)
        let id = byIdentity[identity] ?? nextID
        if id == nextID { nextID += 1 }
        let flow = Megaflow(id: id, key: masked, mask: translation.mask, actions: translation.actions)
        byIdentity[identity] = id
        if records[id] == nil { records[id] = Record(flow: flow, translation: Translation(), created: now, used: now) }
        records[id]?.flow = flow
        replaceTranslation(of: id, by: translation)
        // It may rest on a state that has passed already, if others of a batch have taught the switch since.
        if translation.generation != network.generation { pending.insert(id) }
        return flow
    }

    /// Whether a flow of that id is known; others are an earlier daemon's.
    public func contains(_ id: UInt64) -> Bool { records[id] != nil }

    /// Takes over a flow that an earlier daemon has put; `revalidate` then decides about it.
    public func adopt(_ flow: Megaflow, _ statistics: FlowStatistics, now: UInt64) {
        nextID = max(nextID, flow.id + 1)
        byIdentity[Identity(key: flow.key, mask: flow.mask)] = flow.id
        records[flow.id] = Record(flow: flow, translation: Translation(), statistics: statistics, created: now, used: now)
        replaceTranslation(of: flow.id, by: network.translate(flow.key, now: now))
        pending.insert(flow.id)
    }

    /// What the datapath says that a flow has carried so far; the growth is credited.
    ///
    /// Flows that are not known are adopted.
    public func credit(_ flow: Megaflow, _ statistics: FlowStatistics, now: UInt64) {
        guard var record = records[flow.id] else { return adopt(flow, statistics, now: now) }
        let before = record.statistics
        // A datapath that was put up anew counts from zero.
        let isNew = statistics.packets < before.packets
        let packets = isNew ? statistics.packets : statistics.packets - before.packets
        let bytes = isNew ? statistics.bytes : statistics.bytes &- before.bytes
        record.statistics = statistics
        record.used = max(record.used, statistics.lastUsed)
        records[flow.id] = record
        guard packets > 0 else { return }
        let time = min(statistics.lastUsed == 0 ? now : statistics.lastUsed, now)
        for rule in record.translation.rules where !rule.isGone { rule.credit(packets, bytes, time) }
        for effect in record.translation.learns {
            guard let port = network.port(effect.port), port.bridge.id == effect.bridge else { continue }
            // Seen elsewhere since: these packets may be older.
            let addresses = port.bridge.addresses
            if let entry = addresses.lookup(vlan: effect.vlan, effect.mac, now: now), entry.port != effect.port { continue }
            addresses.learn(vlan: effect.vlan, effect.mac, at: effect.port, portLimit: port.configuration.macLimit, now: time)
        }
    }

    /// Whether flows are left for the next call of `revalidate`.
    public var isPending: Bool { !pending.isEmpty }

    /// What is to change in the datapath: flows that are idle go, and after a change of the switch those that are wrong by now.
    ///
    /// After a change of ports or rules every flow is translated again, after one of addresses those that rest on them: at most `limit` in one call, as each takes
    /// some microseconds.
    public func revalidate(now: UInt64, limit: Int = .max) -> [FlowChange] {
        var changes = removeIdle(now).map { FlowChange.remove($0) }
        findPending()
        var left = limit
        while left > 0, let id = pending.popFirst() {
            left -= 1
            if let record = records[id], let change = check(id, record, now: now) { changes.append(change) }
        }
        return changes
    }

    /// Looks through all flows, but not in each of many calls with a small limit.
    private func removeIdle(_ now: UInt64) -> [UInt64] {
        guard now >= nextSweep else { return [] }
        nextSweep = now &+ crowdedIdleTime / 2
        let idle = records.count > limit ? crowdedIdleTime : idleTime
        let gone = records.compactMap { now >= $0.value.used &+ idle ? $0.key : nil }
        for id in gone { forget(id) }
        return gone
    }

    private func findPending() {
        let structure = network.structureGeneration
        if structure != seenStructure { pending = Set(records.keys) }
        seenStructure = structure
        for bridge in network.bridges.values {
            let generation = bridge.addresses.generation
            guard let before = seenAddresses.updateValue(generation, forKey: bridge.id), let changed = bridge.addresses.changes(since: before) else {
                pending = Set(records.keys)
                continue
            }
            guard !changed.isEmpty else { continue }
            pending.formUnion(countDependents)
            for key in changed { if let flows = byAddress[AddressUse(bridge: bridge.id, key: key)] { pending.formUnion(flows) } }
        }
    }

    private func replaceTranslation(of id: UInt64, by translation: Translation) {
        for use in records[id]?.translation.addresses ?? [] {
            byAddress[use]?.remove(id)
            if byAddress[use]?.isEmpty == true { byAddress[use] = nil }
        }
        for use in translation.addresses { byAddress[use, default: []].insert(id) }
        if translation.dependsOnCount { countDependents.insert(id) } else { countDependents.remove(id) }
        records[id]?.translation = translation
    }

    private func check(_ id: UInt64, _ record: Record, now: UInt64) -> FlowChange? {
        let translation = network.translate(record.flow.key, now: now)
        let isWide = (0..<FlowKey.wordCount).allSatisfy { translation.mask.words[$0] & ~record.flow.mask.words[$0] == 0 }
        guard isWide, !translation.learns.contains(where: \.isMove) else {
            forget(id)
            return .remove(id)
        }
        replaceTranslation(of: id, by: translation)
        guard translation.actions != record.flow.actions else { return nil }
        let flow = Megaflow(id: id, key: record.flow.key, mask: record.flow.mask, actions: translation.actions)
        records[id]?.flow = flow
        return .put(flow)
    }

    /// A flow that is not in the datapath any more, or never came there.
    public func forget(_ id: UInt64) {
        replaceTranslation(of: id, by: Translation())
        pending.remove(id)
        guard let record = records.removeValue(forKey: id) else { return }
        byIdentity[Identity(key: record.flow.key, mask: record.flow.mask)] = nil
    }

    /// Every flow with what it has carried, in no order.
    public var all: [(flow: Megaflow, statistics: FlowStatistics)] { records.values.map { ($0.flow, $0.statistics) } }
}
