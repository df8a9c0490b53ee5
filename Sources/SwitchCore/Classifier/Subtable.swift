internal import PacketCore

/// All rules with one mask: a hash table over the masked key.
///
/// Beside it, for each stage but the last, which hashes of that much of the key exist at all.
final class Subtable {
    struct Entry {
        var hash: UInt64
        var key: PipelineKey
        var rule: Rule?
        /// The same key with a lower priority; -1 for none.
        var below: Int32 = -1
        /// The next key of the bucket; -1 for none.
        var next: Int32 = -1
    }

    let mask: PipelineKey
    /// The words of each stage in which the mask has bits.
    let stages: [[MaskWord]]
    /// The last stage with bits.
    let lastStage: Int
    /// The length of the mask over each address; 0 where that is no prefix.
    let sourceLength: Int
    let destinationLength: Int
    /// The mask over both ports.
    let portsMask: UInt32
    private(set) var maximumPriority = -1
    private(set) var count = 0

    var entries: ContiguousArray<Entry> = []
    var buckets: ContiguousArray<Int32>
    /// How many rules have a hash, by stage.
    var stageHashes: [[UInt64: Int]]
    /// Both ports, under the mask, as 32 bits.
    var ports = PrefixTrie()
    private var free: [Int32] = []
    private var priorities: [Int: Int] = [:]

    init(mask: PipelineKey) {
        self.mask = mask
        stages = Stage.allCases.map { stage in
            (0..<PipelineKey.wordCount).compactMap { index in
                let bits = mask[word: index] & stage.mask(ofWord: index)
                return bits == 0 ? nil : MaskWord(index: index, mask: bits)
            }
        }
        lastStage = stages.lastIndex { !$0.isEmpty } ?? 0
        sourceLength = mask.packet.ipv6Source.maskLength ?? 0
        destinationLength = mask.packet.ipv6Destination.maskLength ?? 0
        portsMask = UInt32(truncatingIfNeeded: mask.packet.words[6] >> 32).byteSwapped
        buckets = ContiguousArray(repeating: -1, count: 8)
        stageHashes = Array(repeating: [:], count: Stage.allCases.count)
    }

    static let seed: UInt64 = 0x5157_1c0d_e000_0001

    @inline(__always) static func hash(_ hash: UInt64, _ words: [MaskWord], of key: PipelineKey) -> UInt64 {
        var hash = hash
        for word in words { hash = mix(hash, key[word: word.index] & word.mask) }
        return hash
    }

    @inline(__always) func isEqual(_ entry: Int, _ key: PipelineKey) -> Bool {
        var difference: UInt64 = 0
        for stage in stages {
            // A word may be of two stages, so the entry's is masked too.
            for word in stage { difference |= (key[word: word.index] ^ entries[entry].key[word: word.index]) & word.mask }
        }
        return difference == 0
    }

    /// One step of `mix` spreads some patterns badly, so there is one more.
    @inline(__always) private func bucket(of hash: UInt64) -> Int { Int(truncatingIfNeeded: mix(hash, Subtable.seed)) & (buckets.count - 1) }

    /// The entry of the highest priority with this key; -1 for none.
    func head(_ key: PipelineKey, _ hash: UInt64) -> Int32 {
        var index = buckets[bucket(of: hash)]
        while index >= 0 {
            if entries[Int(index)].hash == hash, isEqual(Int(index), key) { return index }
            index = entries[Int(index)].next
        }
        return -1
    }

    func fullHash(_ key: PipelineKey) -> UInt64 {
        var hash = Subtable.seed
        for stage in 0...lastStage { hash = Subtable.hash(hash, stages[stage], of: key) }
        return hash
    }

    /// The rule of exactly this key and priority.
    func find(_ key: PipelineKey, priority: Int) -> Rule? {
        var index = head(key, fullHash(key))
        while index >= 0 {
            let entry = entries[Int(index)]
            if entry.rule?.priority == priority { return entry.rule }
            index = entry.below
        }
        return nil
    }
}

extension Subtable {
    /// No rule of the same match and priority is there.
    func insert(_ rule: Rule) {
        let key = rule.spec.match.key
        count(key, by: 1)
        let hash = fullHash(key)
        let place = add(Entry(hash: hash, key: key, rule: rule))
        let head = head(key, hash)
        if head < 0 {
            if count >= buckets.count { grow() }
            let bucket = self.bucket(of: hash)
            entries[Int(place)].next = buckets[bucket]
            buckets[bucket] = place
        } else if priority(head) < rule.priority {
            replaceHead(head, by: place)
            entries[Int(place)].below = head
        } else {
            var above = head
            while entries[Int(above)].below >= 0, priority(entries[Int(above)].below) > rule.priority { above = entries[Int(above)].below }
            entries[Int(place)].below = entries[Int(above)].below
            entries[Int(above)].below = place
        }
        count += 1
        priorities[rule.priority, default: 0] += 1
        maximumPriority = max(maximumPriority, rule.priority)
    }

    func remove(_ rule: Rule) {
        let key = rule.spec.match.key
        let first = head(key, fullHash(key))
        var (above, index) = (Int32(-1), first)
        while index >= 0, entries[Int(index)].rule !== rule { (above, index) = (index, entries[Int(index)].below) }
        guard index >= 0 else { return }
        if above < 0 { replaceHead(index, by: entries[Int(index)].below) } else { entries[Int(above)].below = entries[Int(index)].below }
        entries[Int(index)].rule = nil
        free.append(index)
        count(key, by: -1)
        count -= 1
        priorities[rule.priority]! -= 1
        if priorities[rule.priority] == 0 {
            priorities[rule.priority] = nil
            if rule.priority == maximumPriority { maximumPriority = priorities.keys.max() ?? -1 }
        }
    }

    private func priority(_ index: Int32) -> Int { entries[Int(index)].rule?.priority ?? -1 }

    /// In the bucket's chain; -1 takes the head out.
    private func replaceHead(_ head: Int32, by place: Int32) {
        let bucket = self.bucket(of: entries[Int(head)].hash)
        let next = entries[Int(head)].next
        let follower = place < 0 ? next : place
        if place >= 0 { entries[Int(place)].next = next }
        if buckets[bucket] == head {
            buckets[bucket] = follower
        } else {
            var before = buckets[bucket]
            while entries[Int(before)].next != head { before = entries[Int(before)].next }
            entries[Int(before)].next = follower
        }
        entries[Int(head)].next = -1
    }

    private func count(_ key: PipelineKey, by step: Int) {
        var hash = Subtable.seed
        for stage in 0..<lastStage where !stages[stage].isEmpty {
            hash = Subtable.hash(hash, stages[stage], of: key)
            let value = stageHashes[stage][hash, default: 0] + step
            stageHashes[stage][hash] = value == 0 ? nil : value
        }
        guard portsMask != 0 else { return }
        let value = Subtable.ports(of: key) & portsMask
        if step > 0 { ports.insert(UInt128(value) << 96, length: 32) } else { ports.remove(UInt128(value) << 96, length: 32) }
    }

    static func ports(of key: PipelineKey) -> UInt32 { UInt32(truncatingIfNeeded: key.packet.words[6] >> 32).byteSwapped }

    private func add(_ entry: Entry) -> Int32 {
        if let place = free.popLast() {
            entries[Int(place)] = entry
            return place
        }
        entries.append(entry)
        return Int32(entries.count - 1)
    }

    private func grow() {
        var heads: [Int32] = []
        for bucket in buckets {
            var index = bucket
            while index >= 0 {
                heads.append(index)
                index = entries[Int(index)].next
            }
        }
        buckets = ContiguousArray(repeating: -1, count: buckets.count * 2)
        for head in heads {
            let bucket = self.bucket(of: entries[Int(head)].hash)
            entries[Int(head)].next = buckets[bucket]
            buckets[bucket] = head
        }
    }
}
