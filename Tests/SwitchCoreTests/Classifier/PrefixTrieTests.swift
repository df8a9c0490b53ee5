import PacketFixtures
import Testing

@testable import SwitchCore

struct PrefixTrieTests {
    /// Against a list: the same lengths, and every value with the same leading bits has them too.
    @Test(arguments: 1...8) func equalsAList(_ seed: Int) {
        var random = RandomSource(seed: UInt64(seed))
        var trie = PrefixTrie()
        var list: [(value: UInt128, length: Int)] = []
        func lengths(_ value: UInt128) -> UInt128 {
            list.reduce(0) { $1.length > 0 && (value ^ $1.value).leadingZeroBitCount >= $1.length ? $0 | 1 << UInt128($1.length - 1) : $0 }
        }
        func value() -> UInt128 { UInt128(random.next() & (seed < 5 ? 0xf0f0_0000_0000_0000 : ~0)) << 64 | (random.once(in: 3) ? UInt128(random.next()) : 0) }
        for _ in 0..<400 {
            let length = random.pick([0, 1, 4, 8, 9, 12, 32, 64, 127, 128])
            let prefix = length == 0 ? 0 : value() & ~0 << UInt128(128 - length)
            trie.insert(prefix, length: length)
            list.append((prefix, length))
            if random.once(in: 2) {
                let gone = list.remove(at: random.below(list.count))
                trie.remove(gone.value, length: gone.length)
            }
            for _ in 0..<8 {
                let sought = random.once(in: 2) ? value() : random.pick(list.isEmpty ? [(0, 0)] : list).value ^ (1 << UInt128(random.below(128)))
                let answer = trie.lookup(sought)
                #expect(answer.lengths == lengths(sought))
                let other = answer.bitsRead == 128 ? sought : sought ^ ((UInt128(random.next()) << 64) >> UInt128(answer.bitsRead))
                let kept: UInt128 = answer.bitsRead == 0 ? 0 : ~0 << UInt128(128 - answer.bitsRead)
                #expect(lengths(other & ~kept | sought & kept) == answer.lengths)
            }
        }
        for prefix in list { trie.remove(prefix.value, length: prefix.length) }
        #expect(trie.nodeCount == 0)
    }
}
