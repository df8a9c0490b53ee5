internal import PacketCore

/// The tags of a packet, the outermost first: all that the key holds, and those pushed in front of them.
struct TagStack: Equatable {
    struct Tag: Equatable {
        /// 0x8100 or 0x88a8.
        var type: UInt16
        /// With the present bit.
        var control: UInt16

        var vlan: UInt16 { control & 0xfff }
        var priority: UInt16 { control >> 13 }
    }

    var tags: [Tag] = []

    init(_ key: FlowKey) {
        if key.vlanCount > 0 { tags.append(Tag(type: key.vlanProtocol, control: key.vlanControl)) }
        if key.vlanCount > 1 { tags.append(Tag(type: key.innerVLANProtocol, control: key.innerVLANControl)) }
    }

    /// The key's fields say what the stack is.
    func write(to key: inout FlowKey) {
        key.words[5] = 0
        key.vlanCount = UInt8(min(tags.count, 2))
        if let tag = tags.first { (key.vlanProtocol, key.vlanControl) = (tag.type, tag.control) }
        if tags.count > 1 { (key.innerVLANProtocol, key.innerVLANControl) = (tags[1].type, tags[1].control) }
    }

    /// What makes a packet with these tags into one with `target`'s: the outer tags that differ are taken off, then others put on.
    func steps(to target: TagStack) -> [DatapathAction] {
        var same = 0
        while same < min(tags.count, target.tags.count), tags[tags.count - 1 - same] == target.tags[target.tags.count - 1 - same] { same += 1 }
        let pops = [DatapathAction](repeating: .popVLAN, count: tags.count - same)
        return pops
            + target.tags.dropLast(same).reversed().map { .pushVLAN(tpid: $0.type, tci: $0.control & ~FlowKey.vlanPresent) }
    }
}
