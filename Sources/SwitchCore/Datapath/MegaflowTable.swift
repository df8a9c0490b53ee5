public import PacketCore

/// A datapath's cache of megaflows: in front one place for each of some thousand hashes of whole keys, behind it a hash table for each mask.
///
/// Looking up allocates nothing and counts no references. Masks that find more are asked earlier. The slow path sees to it that two flows that match one packet
/// treat it alike, so the first that is found will do. One thread at a time.
public struct MegaflowTable: ~Copyable {
    private struct Slot {
        var flow: Megaflow
        /// The mask's.
        var words: ContiguousArray<MaskWord>
        var statistics = FlowStatistics()
        var isUsed = true
        /// Changes when the place gets another flow.
        var generation: UInt32 = 0
    }

    /// One mask with its flows: open addressing, linear probing.
    private struct Subtable {
        let mask: FlowKey
        var words: ContiguousArray<MaskWord>
        /// Indexes into the slots; -1 for never used, -2 for removed.
        var buckets: ContiguousArray<Int32>
        var count = 0
        /// Buckets that are not -1.
        var filled = 0
        var hits: UInt64 = 0
    }

    /// Of a whole key; the flow's own key says whether it is the right one.
    private struct Cached {
        var hash: UInt64 = 0
        var slot: Int32 = -1
        var generation: UInt32 = 0
    }

    private static let cacheSize = 8192
    /// Other in each table: senders choose what is hashed, and must not choose what collides.
    private let seed = UInt64.random(in: .min ... .max)
    private var slots: ContiguousArray<Slot> = []
    private var free: [Int32] = []
    private var places: [UInt64: Int32] = [:]
    private var subtables: ContiguousArray<Subtable> = []
    private var cache = ContiguousArray(repeating: Cached(), count: MegaflowTable.cacheSize)
    private var lookups: UInt64 = 0

    /// Without flows.
    public init() {}

    /// How many flows there are.
    public var count: Int { places.count }

    /// How many masks they have.
    public var maskCount: Int { subtables.count }

    @inline(__always) private func hash(_ words: ContiguousArray<MaskWord>, _ key: FlowKey) -> UInt64 {
        var hash = seed
        for word in words { hash = mix(hash, key.words[word.index] & word.mask) }
        // One step spreads some patterns badly, two do not.
        return mix(hash, seed)
    }

    /// Four chains beside each other, as a processor multiplies several numbers at once.
    @inline(__always) private func hash(_ key: FlowKey) -> UInt64 {
        var (one, two, three, four) = (seed, seed &+ 1, seed &+ 2, seed &+ 3)
        for index in 0..<4 {
            one = mix(one, key.words[index])
            two = mix(two, key.words[index + 4])
            three = mix(three, key.words[index + 8])
            four = mix(four, key.words[index + 12])
        }
        return mix(mix(one, two), mix(three, four))
    }

    @inline(__always) private func isOf(_ slot: Int, _ key: FlowKey) -> Bool {
        var difference: UInt64 = 0
        for word in slots[slot].words { difference |= (key.words[word.index] & word.mask) ^ slots[slot].flow.key.words[word.index] }
        return difference == 0
    }

    /// Where the flow for a packet is, to be handed to `actions` and `count`; nil for a miss.
    public mutating func lookup(_ key: FlowKey) -> Int? {
        let hash = self.hash(key)
        let place = Int(truncatingIfNeeded: hash) & (MegaflowTable.cacheSize - 1)
        let cached = Int(cache[place].slot)
        if cached >= 0, cache[place].hash == hash, slots[cached].generation == cache[place].generation, isOf(cached, key) { return cached }
        lookups &+= 1
        if lookups & 0xffff == 0 { sort() }
        for index in subtables.indices {
            let slot = find(index, key, self.hash(subtables[index].words, key))
            guard slot >= 0 else { continue }
            subtables[index].hits &+= 1
            cache[place].hash = hash
            cache[place].slot = slot
            cache[place].generation = slots[Int(slot)].generation
            return Int(slot)
        }
        return nil
    }

    @inline(__always) private func find(_ index: Int, _ key: FlowKey, _ hash: UInt64) -> Int32 {
        let limit = subtables[index].buckets.count - 1
        var bucket = Int(truncatingIfNeeded: hash) & limit
        while true {
            let slot = subtables[index].buckets[bucket]
            if slot == -1 { return -1 }
            if slot >= 0, isOf(Int(slot), key) { return slot }
            bucket = (bucket + 1) & limit
        }
    }

    /// What is done to packets of a flow.
    public func actions(of slot: Int) -> [DatapathAction] { slots[slot].flow.actions }

    /// A packet of a flow was seen.
    @inline(__always) public mutating func count(_ slot: Int, bytes: Int, tcpFlags: UInt16, now: UInt64) {
        slots[slot].statistics.packets &+= 1
        slots[slot].statistics.bytes &+= UInt64(bytes)
        slots[slot].statistics.lastUsed = now
        slots[slot].statistics.tcpFlags |= tcpFlags
    }

    /// Puts a flow, in the place of one with the same key and mask, whose counts go on.
    public mutating func put(_ flow: Megaflow) {
        if let other = places[flow.id], slots[Int(other)].flow.mask != flow.mask || slots[Int(other)].flow.key != flow.key { remove(flow.id) }
        let index = subtable(of: flow.mask)
        let hash = self.hash(subtables[index].words, flow.key)
        let before = find(index, flow.key, hash)
        if before >= 0 {
            places[slots[Int(before)].flow.id] = nil
            slots[Int(before)].flow = flow
            places[flow.id] = before
            return
        }
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            slots[Int(slot)] = Slot(flow: flow, words: subtables[index].words, generation: slots[Int(slot)].generation)
        } else {
            slots.append(Slot(flow: flow, words: subtables[index].words))
            slot = Int32(slots.count - 1)
        }
        places[flow.id] = slot
        insert(slot, index)
    }

    private mutating func subtable(of mask: FlowKey) -> Int {
        if let index = subtables.firstIndex(where: { $0.mask == mask }) { return index }
        let words = (0..<FlowKey.wordCount).filter { mask.words[$0] != 0 }.map { MaskWord(index: $0, mask: mask.words[$0]) }
        subtables.append(Subtable(mask: mask, words: ContiguousArray(words), buckets: ContiguousArray(repeating: -1, count: 16)))
        return subtables.count - 1
    }

    private mutating func insert(_ slot: Int32, _ index: Int) {
        if (subtables[index].filled + 1) * 2 > subtables[index].buckets.count {
            let old = subtables[index].buckets
            subtables[index].buckets = ContiguousArray(repeating: -1, count: max(16, (subtables[index].count + 1) * 4).nextPowerOfTwo)
            subtables[index].filled = 0
            for other in old where other >= 0 { place(other, index) }
        }
        place(slot, index)
        subtables[index].count += 1
    }

    private mutating func place(_ slot: Int32, _ index: Int) {
        let limit = subtables[index].buckets.count - 1
        var bucket = Int(truncatingIfNeeded: hash(subtables[index].words, slots[Int(slot)].flow.key)) & limit
        while subtables[index].buckets[bucket] >= 0 { bucket = (bucket + 1) & limit }
        if subtables[index].buckets[bucket] == -1 { subtables[index].filled += 1 }
        subtables[index].buckets[bucket] = slot
    }

    /// Removes a flow; false where there is none of that id.
    @discardableResult
    public mutating func remove(_ id: UInt64) -> Bool {
        guard let slot = places.removeValue(forKey: id) else { return false }
        let flow = slots[Int(slot)].flow
        guard let index = subtables.firstIndex(where: { $0.mask == flow.mask }) else { return false }
        let limit = subtables[index].buckets.count - 1
        var bucket = Int(truncatingIfNeeded: hash(subtables[index].words, flow.key)) & limit
        while subtables[index].buckets[bucket] != slot { bucket = (bucket + 1) & limit }
        subtables[index].buckets[bucket] = -2
        subtables[index].count -= 1
        if subtables[index].count == 0 { subtables.remove(at: index) }
        slots[Int(slot)].isUsed = false
        slots[Int(slot)].generation &+= 1
        free.append(slot)
        return true
    }

    /// Removes every flow.
    public mutating func removeAll() {
        slots = []
        free = []
        places = [:]
        subtables = []
        for place in cache.indices { cache[place].slot = -1 }
    }

    /// Every flow with what it has carried, in no order.
    public func forEachFlow(_ body: (Megaflow, FlowStatistics) -> Void) {
        for slot in slots where slot.isUsed { body(slot.flow, slot.statistics) }
    }

    private mutating func sort() {
        subtables.sort { $0.hits > $1.hits }
        for index in subtables.indices { subtables[index].hits /= 2 }
    }
}

extension Int {
    var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
