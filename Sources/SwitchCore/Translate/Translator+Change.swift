internal import PacketCore

extension Translator {
    /// Actions that change the packet, its metadata or its registers.
    func change(_ action: Action) {
        switch action {
        case .pushVLAN(let type): push(TagStack.Tag(type: type, control: FlowKey.vlanPresent))
        case .popVLAN:
            readTags()
            if !tags.tags.isEmpty { setTags { $0.removeFirst() } }
        case .setVLAN(let vlan): setOuter { $0 = $0 & 0xf000 | vlan }
        case .setVLANPriority(let priority): setOuter { $0 = $0 & 0x1fff | UInt16(priority) << 13 }
        case .set(let field, let value, let mask): set(field, value, mask)
        case .move(let source, let target): set(target.field, take(source) << UInt128(target.low), target.mask)
        case .writeMetadata(let value, let mask): set(.metadata, UInt128(value), UInt128(mask))
        default: break
        }
    }

    /// The bits of a field, which are then read.
    func take(_ source: Subfield) -> UInt128 {
        read[source.field] |= source.mask
        return (key[source.field] & source.mask) >> UInt128(source.low)
    }

    private func push(_ tag: TagStack.Tag) {
        readTags()
        guard tags.tags.count < 4 else { return drop(.tooDeep, "more than four tags") }
        setTags { $0.insert(tag, at: 0) }
    }

    func setTags(_ body: (inout [TagStack.Tag]) -> Void) {
        body(&tags.tags)
        tags.write(to: &key.packet)
    }

    /// A packet without a tag gets one.
    private func setOuter(_ body: (inout UInt16) -> Void) {
        readTags()
        if tags.tags.isEmpty { push(TagStack.Tag(type: EtherType.vlan, control: FlowKey.vlanPresent)) }
        setTags { if !$0.isEmpty { body(&$0[0].control) } }
    }

    private func set(_ field: Field, _ value: UInt128, _ mask: UInt128) {
        switch field {
        case .vlanID, .vlanPriority:
            readTags()
            guard !tags.tags.isEmpty else { return note("the packet has no tag") }
            key[field] = key[field] & ~mask | value & mask
            let control = key.packet.vlanControl
            setTags { $0[0].control = control }
        case .vlanControl: setControl(UInt16(truncatingIfNeeded: value), UInt16(truncatingIfNeeded: mask))
        case .inPort, .metadata, .register0, .register1, .register2, .register3, .register4, .register5, .register6, .register7:
            key[field] = key[field] & ~mask | value & mask
        default:
            guard isThere(field) else { return note("the packet has no \(field.name)") }
            key[field] = key[field] & ~mask | value & mask
            var bits = PipelineKey(unset)
            bits[field] |= mask
            unset = bits.packet
        }
    }

    /// As OpenFlow 1.0 has it: with the present bit there is a tag afterwards, without it there is none.
    private func setControl(_ value: UInt16, _ mask: UInt16) {
        readTags()
        let control = key.packet.vlanControl & ~mask | value & mask
        if control & FlowKey.vlanPresent == 0 {
            if !tags.tags.isEmpty { setTags { $0.removeFirst() } }
        } else {
            if tags.tags.isEmpty { push(TagStack.Tag(type: EtherType.vlan, control: control)) } else { setTags { $0[0].control = control } }
        }
    }

    /// Later fragments have no ports, and what was in IP's place may have been ARP: rules match what they need, but tables may have changed it since.
    private func isThere(_ field: Field) -> Bool {
        guard field.info.needs.contains(where: { [.ports, .icmp, .discovery].contains($0) }) else { return true }
        read.packet.fragment |= FlowKey.fragmentLater
        return key.packet.fragment & FlowKey.fragmentLater == 0
    }

    /// False where the packet's time is up.
    func decrementTTL() -> Bool {
        read.packet.ipTTL = ~0
        guard key.packet.ipTTL > 1 else {
            drop(.ttlExpired)
            return false
        }
        key.packet.ipTTL -= 1
        unset.ipTTL = ~0
        return true
    }
}
