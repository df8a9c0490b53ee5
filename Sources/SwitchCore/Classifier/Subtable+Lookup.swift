internal import PacketCore

/// What the tries said of one packet's addresses; asked at most once a lookup.
struct TrieAnswers {
    var source: PrefixTrie.Answer?
    var destination: PrefixTrie.Answer?
}

extension Subtable {
    /// The rule of the highest priority for a packet; what of the packet had to be read is added to `read`.
    func lookup(_ key: PipelineKey, _ read: inout PipelineKey, _ tries: borrowing Classifier.Tries, _ answers: inout TrieAnswers) -> Rule? {
        var hash = Subtable.seed
        for stage in 0...lastStage where !stages[stage].isEmpty {
            if stage == Stage.network.rawValue, isRuledOut(key, &read, tries, &answers) { return nil }
            hash = Subtable.hash(hash, stages[stage], of: key)
            guard stage < lastStage else { break }
            add(stage, to: &read)
            if stageHashes[stage][hash] == nil { return nil }
        }
        let place = head(key, hash)
        if place < 0, portsMask != 0 {
            let answer = ports.lookup(UInt128(Subtable.ports(of: key) & portsMask) << 96)
            if !answer.has(32) {
                // No rule here has these ports, whatever else it matches.
                let bits = answer.bitsRead == 0 ? 0 : (~0 << UInt32(32 - answer.bitsRead)) & portsMask
                read.packet.words[6] |= UInt64(bits.byteSwapped) << 32
                return nil
            }
        }
        add(lastStage, to: &read)
        return place < 0 ? nil : entries[Int(place)].rule
    }

    @inline(__always) private func add(_ stage: Int, to read: inout PipelineKey) {
        for word in stages[stage] { read[word: word.index] |= word.mask }
    }

    /// No prefix of this subtable's lengths fits the packet's addresses.
    private func isRuledOut(_ key: PipelineKey, _ read: inout PipelineKey, _ tries: borrowing Classifier.Tries, _ answers: inout TrieAnswers) -> Bool {
        if sourceLength > 0 {
            let value = key.packet.ipv6Source.rawValue
            let answer = answers.source ?? tries.source.lookup(value)
            answers.source = answer
            if !answer.has(sourceLength), isCheap(answer.bitsRead, sourceLength, read.packet.ipv6Source) {
                read.packet.ipv6Source = IPv6Address(rawValue: read.packet.ipv6Source.rawValue | IPv6Address.mask(length: answer.bitsRead).rawValue)
                return true
            }
        }
        if destinationLength > 0 {
            let value = key.packet.ipv6Destination.rawValue
            let answer = answers.destination ?? tries.destination.lookup(value)
            answers.destination = answer
            if !answer.has(destinationLength), isCheap(answer.bitsRead, destinationLength, read.packet.ipv6Destination) {
                read.packet.ipv6Destination = IPv6Address(
                    rawValue: read.packet.ipv6Destination.rawValue | IPv6Address.mask(length: answer.bitsRead).rawValue)
                return true
            }
        }
        return false
    }

    /// Tries are shared by all subtables: where the answer took more bits than this subtable's mask has, they are only used if read already.
    private func isCheap(_ bits: Int, _ length: Int, _ read: IPv6Address) -> Bool {
        bits <= length || ~read.rawValue & IPv6Address.mask(length: bits).rawValue == 0
    }
}
