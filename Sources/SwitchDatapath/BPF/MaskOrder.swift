import CFlow
import PacketCore

/// The masks that flows have, each with a number, and the order in which the datapath tries them.
struct MaskOrder {
    private struct Entry {
        let mask: FlowKey
        var flows: Int
    }

    private var entries: [UInt16: Entry] = [:]
    private var numbers: [FlowKey: UInt16] = [:]
    /// The most used first.
    private(set) var order: [UInt16] = []

    func number(of mask: FlowKey) -> UInt16? { numbers[mask] }

    /// Another flow has the mask.
    ///
    /// - Returns: its number, and whether it is new; nil where there is no room.
    mutating func acquire(_ mask: FlowKey) -> (number: UInt16, isNew: Bool)? {
        if let number = numbers[mask] {
            entries[number]?.flows += 1
            return (number, false)
        }
        guard let number = (0..<UInt16(APUS_MOST_MASKS)).first(where: { entries[$0] == nil }) else { return nil }
        adopt(number, mask)
        entries[number]?.flows = 1
        order.append(number)
        return (number, true)
    }

    /// - Returns: whether no flow has the mask any more.
    mutating func release(_ number: UInt16) -> Bool {
        guard var entry = entries[number] else { return false }
        entry.flows -= 1
        entries[number] = entry
        if entry.flows > 0 { return false }
        entries[number] = nil
        numbers[entry.mask] = nil
        order.removeAll { $0 == number }
        return true
    }

    /// A mask that an earlier daemon has numbered; without flows yet.
    mutating func adopt(_ number: UInt16, _ mask: FlowKey) {
        entries[number] = Entry(mask: mask, flows: 0)
        numbers[mask] = number
    }

    mutating func setOrder(_ order: [UInt16]) { self.order = order }

    /// Sorts by how often each was of use lately.
    ///
    /// - Returns: whether the order is another than before.
    mutating func sort(byUse use: [UInt16: UInt64]) -> Bool {
        let sorted = order.enumerated().sorted { left, right in
            let (one, other) = (use[left.element] ?? 0, use[right.element] ?? 0)
            return one == other ? left.offset < right.offset : one > other
        }.map(\.element)
        if sorted == order { return false }
        order = sorted
        return true
    }
}
