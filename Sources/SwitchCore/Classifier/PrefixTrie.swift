/// The prefixes of one field that rules match, as a binary tree whose runs of single bits are pressed together.
///
/// A lookup says which lengths have a prefix that a value begins with, and how many leading bits of the value had to be read to know it: every value with the
/// same bits there has the same lengths. So a subtable of another length is skipped at the price of those bits alone in the megaflow, not of its whole mask.
/// Values are 128 bits, the first of the field highest. Not for several threads.
struct PrefixTrie {
    private struct Node {
        /// From the root; zero behind `length`.
        var bits: UInt128
        var length: Int
        /// Rules with exactly this prefix.
        var count: Int
        /// By the bit behind `length`; -1 for none.
        var zero: Int32 = -1
        var one: Int32 = -1

        subscript(bit: Bool) -> Int32 {
            get { bit ? one : zero }
            set { if bit { one = newValue } else { zero = newValue } }
        }

        var isLeaf: Bool { zero < 0 && one < 0 }
    }

    struct Answer {
        /// Bit N - 1: a prefix of N bits fits.
        var lengths: UInt128 = 0
        /// How many leading bits this depends on.
        var bitsRead = 0

        func has(_ length: Int) -> Bool { length > 0 && lengths >> UInt128(length - 1) & 1 != 0 }
    }

    /// The first is the root, of no bits.
    private var nodes: ContiguousArray<Node> = [Node(bits: 0, length: 0, count: 0)]
    private var free: [Int32] = []

    private static func bit(_ value: UInt128, _ index: Int) -> Bool { value >> UInt128(127 - index) & 1 != 0 }

    private static func prefix(_ value: UInt128, _ length: Int) -> UInt128 { length == 0 ? 0 : value & ~0 << UInt128(128 - length) }

    func lookup(_ value: UInt128) -> Answer {
        var answer = Answer()
        var index = 0
        while true {
            let node = nodes[index]
            if node.count > 0, node.length > 0 { answer.lengths |= 1 << UInt128(node.length - 1) }
            answer.bitsRead = node.length
            if node.isLeaf { return answer }
            answer.bitsRead += 1
            let next = node[PrefixTrie.bit(value, node.length)]
            guard next >= 0 else { return answer }
            let child = nodes[Int(next)]
            let common = (value ^ child.bits).leadingZeroBitCount
            if common < child.length {
                answer.bitsRead = common + 1
                return answer
            }
            index = Int(next)
        }
    }

    mutating func insert(_ value: UInt128, length: Int) {
        let value = PrefixTrie.prefix(value, length)
        var index = 0
        while nodes[index].length < length {
            let bit = PrefixTrie.bit(value, nodes[index].length)
            let next = nodes[index][bit]
            guard next >= 0 else {
                nodes[index][bit] = add(Node(bits: value, length: length, count: 1))
                return
            }
            let child = nodes[Int(next)]
            let common = min((value ^ child.bits).leadingZeroBitCount, length, child.length)
            if common < child.length {
                // The run of bits to the child is cut in two.
                var middle = Node(bits: PrefixTrie.prefix(value, common), length: common, count: 0)
                middle[PrefixTrie.bit(child.bits, common)] = next
                let place = add(middle)
                nodes[index][bit] = place
                index = Int(place)
            } else {
                index = Int(next)
            }
        }
        nodes[index].count += 1
    }

    /// The prefix was inserted before.
    mutating func remove(_ value: UInt128, length: Int) {
        var path = [0]
        while nodes[path.last!].length < length {
            let node = nodes[path.last!]
            let next = node[PrefixTrie.bit(value, node.length)]
            guard next >= 0 else { return }
            path.append(Int(next))
        }
        guard nodes[path.last!].length == length, nodes[path.last!].count > 0 else { return }
        nodes[path.last!].count -= 1
        // Nodes that neither count nor branch go.
        while path.count > 1 {
            let index = path.removeLast()
            let node = nodes[index]
            guard node.count == 0, node.zero < 0 || node.one < 0 else { return }
            let parent = path.last!
            nodes[parent][PrefixTrie.bit(node.bits, nodes[parent].length)] = max(node.zero, node.one)
            free.append(Int32(index))
            if !node.isLeaf { return }
        }
    }

    private mutating func add(_ node: Node) -> Int32 {
        if let place = free.popLast() {
            nodes[Int(place)] = node
            return place
        }
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    /// Nodes beside the root, for tests.
    var nodeCount: Int { nodes.count - 1 - free.count }
}
