internal import PacketCore

/// The rules of one table, found by tuple space search: one hash table for each mask, in the order of their highest priorities.
///
/// As Open vSwitch's classifier it says beside the rule which bits of the packet it has read: every packet with the same bits there finds the same rule. More bits
/// than needed are safe (a megaflow is then split), fewer never are. Where two rules of one priority match a packet, either may be found, but always the same one
/// for the same bits. One thread at a time.
public final class Classifier {
    struct Tries: ~Copyable {
        var source = PrefixTrie()
        var destination = PrefixTrie()
    }

    private var tries = Tries()
    /// The highest priority first.
    private var subtables: ContiguousArray<Subtable> = []
    private var byMask: [PipelineKey: Subtable] = [:]
    /// How many rules there are.
    public private(set) var count = 0

    /// Without rules.
    public init() {}

    /// How many masks the rules have.
    public var maskCount: Int { subtables.count }

    /// The rule for a packet; the bits that were read are added to `read`.
    public func lookup(_ key: PipelineKey, read: inout PipelineKey) -> Rule? {
        var best: Rule?
        var priority = -1
        var answers = TrieAnswers()
        for subtable in subtables {
            if subtable.maximumPriority <= priority { break }
            guard let rule = subtable.lookup(key, &read, tries, &answers), rule.priority > priority else { continue }
            (best, priority) = (rule, rule.priority)
        }
        return best
    }

    /// The rule of exactly this match and priority.
    public func find(_ match: Match, priority: UInt16) -> Rule? { byMask[match.mask]?.find(match.key, priority: Int(priority)) }

    /// Puts a rule; one of the same match and priority must not be there.
    func insert(_ rule: Rule) {
        let subtable = byMask[rule.spec.match.mask] ?? Subtable(mask: rule.spec.match.mask)
        let before = subtable.maximumPriority
        subtable.insert(rule)
        if subtable.count == 1 {
            byMask[subtable.mask] = subtable
            subtables.append(subtable)
        }
        if subtable.maximumPriority != before { sort() }
        let key = rule.spec.match.key.packet
        if subtable.sourceLength > 0 { tries.source.insert(key.ipv6Source.rawValue, length: subtable.sourceLength) }
        if subtable.destinationLength > 0 { tries.destination.insert(key.ipv6Destination.rawValue, length: subtable.destinationLength) }
        count += 1
    }

    /// Takes a rule out that was put.
    func remove(_ rule: Rule) {
        guard let subtable = byMask[rule.spec.match.mask] else { return }
        let before = subtable.count
        subtable.remove(rule)
        guard subtable.count < before else { return }
        let key = rule.spec.match.key.packet
        if subtable.sourceLength > 0 { tries.source.remove(key.ipv6Source.rawValue, length: subtable.sourceLength) }
        if subtable.destinationLength > 0 { tries.destination.remove(key.ipv6Destination.rawValue, length: subtable.destinationLength) }
        if subtable.count == 0 {
            byMask[subtable.mask] = nil
            subtables.removeAll { $0 === subtable }
        }
        sort()
        count -= 1
    }

    /// Nearly always in order already; equal ones stay as they are.
    private func sort() {
        for index in subtables.indices.dropFirst() {
            var place = index
            while place > 0, subtables[place - 1].maximumPriority < subtables[place].maximumPriority {
                subtables.swapAt(place - 1, place)
                place -= 1
            }
        }
    }

    /// Every rule, in no order that means anything.
    public var rules: [Rule] { subtables.flatMap { $0.entries.compactMap(\.rule) } }
}
