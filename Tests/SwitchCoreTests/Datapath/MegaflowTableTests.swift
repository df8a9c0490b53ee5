import PacketCore
import PacketFixtures
import SwitchFuzz
import Testing

@testable import SwitchCore

struct MegaflowTableTests {
    /// Flows coming and going against a list; masks and keys are random, so of several flows that match any will do.
    @Test(arguments: 1...6) func findsWhatAListHas(_ seed: Int) {
        var random = RandomSource(seed: UInt64(seed))
        var table = MegaflowTable()
        var list: [UInt64: Megaflow] = [:]
        let masks = (0..<6).map { _ in random.match().mask.packet }
        var hits = 0
        for step in 1...4000 {
            if random.once(in: 2) {
                let mask = random.pick(masks)
                var key = random.key()
                for word in 0..<FlowKey.wordCount { key.words[word] &= mask.words[word] }
                let id = random.once(in: 8) ? random.pick(Array(list.keys) + [UInt64(step)]) : UInt64(step)
                let flow = Megaflow(id: id, key: key, mask: mask, actions: [.output(PortNumber(rawValue: UInt32(step)))])
                list = list.filter { $0.value.key != key || $0.value.mask != mask }
                list[id] = flow
                table.put(flow)
            }
            if random.once(in: 3), let id = list.keys.min(by: { $0 &* 0x9e37_79b9 < $1 &* 0x9e37_79b9 }) {
                list[id] = nil
                #expect(table.remove(id) && !table.remove(id))
            }
            let key = random.key()
            func matches(_ flow: Megaflow) -> Bool { (0..<FlowKey.wordCount).allSatisfy { (key.words[$0] ^ flow.key.words[$0]) & flow.mask.words[$0] == 0 } }
            let expected = list.values.filter(matches)
            for _ in 0..<2 {
                if let slot = table.lookup(key) {
                    #expect(expected.contains { $0.actions == table.actions(of: slot) })
                    table.count(slot, bytes: 100, tcpFlags: 2, now: UInt64(step))
                    hits += 1
                } else {
                    #expect(expected.isEmpty)
                }
            }
            #expect(table.count == list.count)
        }
        #expect(hits > 500)
        var packets = 0
        table.forEachFlow { packets += Int($1.packets) }
        #expect(packets > 0 && packets <= hits)
        table.removeAll()
        #expect(table.count == 0 && table.lookup(random.key()) == nil)
    }

    @Test func meters() {
        var bucket = TokenBucket(rate: 1000, burst: 0, now: 0)
        #expect(bucket.burst == 100 && bucket.take(100, now: 0) && !bucket.take(1, now: 0))
        #expect(bucket.take(50, now: 50_000_000) && !bucket.take(1, now: 50_000_000))
        #expect(bucket.take(100, now: 10_000_000_000) && !bucket.take(1, now: 9_000_000_000))
    }
}

struct HashTests {
    /// Words that differ in a few neighbouring bits, wherever those lie, must not fall into a few buckets.
    @Test(arguments: [0, 8, 16, 24, 32, 40, 48, 52]) func spreadsBitsOfAnyPlace(_ shift: UInt64) {
        // At random 63 of 100 buckets are hit.
        #expect(Set((0..<UInt64(4096)).map { mix(mix(0x1234_5678_9abc_def0, $0 << shift), 0x0a00_0001) & 4095 }).count > 2400)
    }
}
