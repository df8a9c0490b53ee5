public import PacketCore

/// Where a bridge has seen hardware addresses: for each VLAN and address a port.
///
/// Entries age: one that no frame came from within `ageing` is forgotten. Against floods of made-up addresses a port may have a limit; and where the table is full,
/// the oldest entry of the port that has the most goes, so that a flooding port drives out its own addresses and not those of others. Static entries neither age nor
/// move and do not count. `generation` changes when anything does that a packet's way could depend on. One thread at a time. Errors are on the side of
/// flooding: an address that was forgotten too early costs a flood.
public final class MACTable {
    /// One address.
    public struct Entry: Equatable, Sendable {
        /// 0 for frames of no VLAN.
        public let vlan: UInt16
        /// Never a multicast address.
        public let mac: MACAddress
        /// Where it is.
        public internal(set) var port: PortNumber
        /// Put by the user.
        public internal(set) var isStatic: Bool
        /// Of the last frame from there: CLOCK_MONOTONIC in ns.
        public internal(set) var used: UInt64
        /// How often it was seen at another port than before.
        public internal(set) var moves: UInt32 = 0
    }

    /// An entry in its port's list, the longest unused first.
    private struct Node {
        var entry: Entry
        var older: Int32 = -1
        var newer: Int32 = -1
    }

    private struct PortList {
        var oldest: Int32 = -1
        var newest: Int32 = -1
        var count = 0
    }

    /// What came of an attempt to learn.
    public enum Outcome: Equatable, Sendable {
        case known, learned, moved, overLimit, refused
    }

    /// Learned entries; `limit` at most.
    public private(set) var learnedCount = 0
    /// Counts every entry that comes, goes or moves.
    public private(set) var generation: UInt64 = 0
    /// The latest of these, by generation.
    private var journal = ContiguousArray<UInt64>(repeating: 0, count: 1 << 16)
    /// Moves of all entries so far.
    public private(set) var moves: UInt64 = 0
    /// Entries that went because the table was full.
    public private(set) var evictions: UInt64 = 0
    /// Nanoseconds; 0 learns nothing.
    public var ageing: UInt64
    /// Of learned entries.
    public var limit: Int

    private var places: [UInt64: Int32] = [:]
    private var nodes: ContiguousArray<Node> = []
    private var free: [Int32] = []
    /// Of learned entries.
    private var lists: [PortNumber: PortList] = [:]

    /// Without entries.
    public init(ageing: UInt64 = 300_000_000_000, limit: Int = 8192) {
        (self.ageing, self.limit) = (ageing, limit)
    }

    /// Which addresses (with their VLAN above the 48 bits) have changed since a generation; nil where that is too long ago to know.
    func changes(since before: UInt64) -> [UInt64]? {
        guard before <= generation, generation - before <= UInt64(journal.count) else { return nil }
        return (before..<generation).map { journal[Int(truncatingIfNeeded: $0) & (journal.count - 1)] }
    }

    static func key(_ vlan: UInt16, _ mac: MACAddress) -> UInt64 { UInt64(vlan) << 48 | mac.rawValue }

    private func entry(_ key: UInt64) -> Entry? { places[key].map { nodes[Int($0)].entry } }

    /// Where an address is, unless that is too long ago.
    public func lookup(vlan: UInt16, _ mac: MACAddress, now: UInt64) -> Entry? {
        guard let entry = entry(MACTable.key(vlan, mac)), entry.isStatic || now < entry.used &+ ageing else { return nil }
        return entry
    }

    /// How many learned entries a port has, those too that are about to be forgotten.
    public func count(of port: PortNumber) -> Int { lists[port]?.count ?? 0 }

    /// What learning an address would come to, without doing it.
    public func wouldLearn(vlan: UInt16, _ mac: MACAddress, at port: PortNumber, portLimit: Int) -> Outcome {
        guard ageing > 0, limit > 0, !mac.isMulticast, !mac.isZero else { return .refused }
        let entry = entry(MACTable.key(vlan, mac))
        if let entry, entry.isStatic || entry.port == port { return .known }
        if portLimit > 0, count(of: port) >= portLimit { return .overLimit }
        return entry == nil ? .learned : .moved
    }

    /// A frame came from an address by a port.
    @discardableResult
    public func learn(vlan: UInt16, _ mac: MACAddress, at port: PortNumber, portLimit: Int = 0, now: UInt64) -> Outcome {
        let outcome = wouldLearn(vlan: vlan, mac, at: port, portLimit: portLimit)
        let key = MACTable.key(vlan, mac)
        switch outcome {
        case .known:
            guard let place = places[key], !nodes[Int(place)].entry.isStatic else { break }
            unlink(place)
            nodes[Int(place)].entry.used = max(nodes[Int(place)].entry.used, now)
            link(place)
        case .learned:
            if learnedCount >= limit { evict() }
            insert(Entry(vlan: vlan, mac: mac, port: port, isStatic: false, used: now))
        case .moved:
            guard let place = places[key] else { break }
            unlink(place)
            nodes[Int(place)].entry.port = port
            nodes[Int(place)].entry.used = now
            nodes[Int(place)].entry.moves += 1
            link(place)
            moves += 1
            note(key)
        case .overLimit, .refused: break
        }
        return outcome
    }

    /// The address is there, whatever is seen.
    public func setStatic(vlan: UInt16, _ mac: MACAddress, at port: PortNumber) {
        remove(MACTable.key(vlan, mac))
        insert(Entry(vlan: vlan, mac: mac, port: port, isStatic: true, used: 0))
    }

    /// Forgets an address; false where it is not there.
    @discardableResult
    public func remove(vlan: UInt16, _ mac: MACAddress) -> Bool { remove(MACTable.key(vlan, mac)) }

    /// Forgets what was learned: all, or what is at one port or in one VLAN.
    public func flush(port: PortNumber? = nil, vlan: UInt16? = nil) {
        for entry in all where !entry.isStatic && (port == nil || port == entry.port) && (vlan == nil || vlan == entry.vlan) {
            remove(vlan: entry.vlan, entry.mac)
        }
    }

    /// A port has gone, and its static entries too.
    public func forget(port: PortNumber) {
        for entry in all where entry.port == port { remove(vlan: entry.vlan, entry.mac) }
    }

    /// Takes out what is too old; to be called about once a second.
    public func expire(now: UInt64) {
        for port in lists.keys {
            while let oldest = lists[port]?.oldest, oldest >= 0, now >= nodes[Int(oldest)].entry.used &+ ageing { remove(at: oldest) }
        }
    }

    /// Every entry, in no order.
    public var all: [Entry] { places.values.map { nodes[Int($0)].entry } }
}

extension MACTable {
    private func insert(_ entry: Entry) {
        let place: Int32
        if let reused = free.popLast() {
            place = reused
            nodes[Int(place)] = Node(entry: entry)
        } else {
            nodes.append(Node(entry: entry))
            place = Int32(nodes.count - 1)
        }
        places[MACTable.key(entry.vlan, entry.mac)] = place
        if !entry.isStatic {
            link(place)
            learnedCount += 1
        }
        note(MACTable.key(entry.vlan, entry.mac))
    }

    private func note(_ key: UInt64) {
        journal[Int(truncatingIfNeeded: generation) & (journal.count - 1)] = key
        generation += 1
    }

    @discardableResult
    private func remove(_ key: UInt64) -> Bool {
        guard let place = places[key] else { return false }
        remove(at: place)
        return true
    }

    private func remove(at place: Int32) {
        let entry = nodes[Int(place)].entry
        if !entry.isStatic {
            unlink(place)
            learnedCount -= 1
        }
        places[MACTable.key(entry.vlan, entry.mac)] = nil
        free.append(place)
        note(MACTable.key(entry.vlan, entry.mac))
    }

    /// Puts an entry behind the newest of its port.
    private func link(_ place: Int32) {
        let port = nodes[Int(place)].entry.port
        var list = lists[port] ?? PortList()
        nodes[Int(place)].older = list.newest
        nodes[Int(place)].newer = -1
        if list.newest >= 0 { nodes[Int(list.newest)].newer = place } else { list.oldest = place }
        list.newest = place
        list.count += 1
        lists[port] = list
    }

    private func unlink(_ place: Int32) {
        let node = nodes[Int(place)]
        guard var list = lists[node.entry.port] else { return }
        if node.older >= 0 { nodes[Int(node.older)].newer = node.newer } else { list.oldest = node.newer }
        if node.newer >= 0 { nodes[Int(node.newer)].older = node.older } else { list.newest = node.older }
        list.count -= 1
        lists[node.entry.port] = list.count == 0 ? nil : list
    }

    /// The oldest entry of the port that has the most goes.
    private func evict() {
        guard let most = lists.max(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) else { return }
        remove(at: most.value.oldest)
        evictions += 1
    }
}
