internal import PacketCore

extension Translator {
    /// Forwards as a switch that learns (IEEE 802.1Q, chapter 8): by VLAN and address.
    func forwardNormally() {
        guard let (port, vlan) = ingress() else { return }
        readDestination()
        guard !key.packet.ethernetDestination.isReservedMulticast else { return drop(.reservedMulticast) }
        guard learn(port, vlan) else { return }
        let destination = key.packet.ethernetDestination
        if !destination.isMulticast { use(destination, vlan) }
        if !destination.isMulticast, let entry = bridge.addresses.lookup(vlan: vlan, destination, now: now), let target = network.port(entry.port) {
            note("\(destination) in VLAN \(vlan) is at \(target.configuration.name)")
            if target === port { return drop(.sourcePort) }
            guard mayTalk(port, target) else { return drop(.isolated) }
            guard carries(target, vlan) else { return drop(.vlanNotAllowed) }
            return deliver(target, vlan)
        }
        note(destination.isMulticast ? "to all of VLAN \(vlan)" : "\(destination) is not known in VLAN \(vlan): to all")
        flood(port, vlan)
    }

    /// To all ports of the VLAN, learning nothing.
    func flood() {
        guard let (port, vlan) = ingress() else { return }
        flood(port, vlan)
    }

    private func flood(_ port: Port, _ vlan: UInt16) {
        if port.configuration.stormLimit > 0, port.number.rawValue == original.inPort { append(.meter(MeterID.storm(of: port.number))) }
        var reason: DropReason?
        var count = 0
        // The tag is put on or taken off once, not for each port: first those that want the packet as it is.
        let isTagged = tags.tags.first?.vlan == vlan && vlan != 0
        for wantsTag in [isTagged, !isTagged] {
            for target in bridge.ports where target !== port && !target.isMirrorOutput && target.configuration.isUp && carries(target, vlan) {
                guard Translator.isTagged(leaving: target.configuration, vlan) == wantsTag else { continue }
                guard mayTalk(port, target) else {
                    reason = .isolated
                    continue
                }
                count += 1
                deliver(target, vlan)
            }
        }
        if count == 0 { drop(reason ?? .sourcePort, "nobody else is there") }
    }

    private func mayTalk(_ one: Port, _ other: Port) -> Bool { !(one.configuration.isIsolated && other.configuration.isIsolated) }

    /// The port it came in by and its VLAN; nil where the port does not carry it.
    private func ingress() -> (Port, UInt16)? {
        readInPort()
        guard let port = network.port(PortNumber(rawValue: key.packet.inPort)), port.bridge === bridge else {
            drop(.unknownPort)
            return nil
        }
        guard let vlan = vlan(port) else {
            drop(.vlanNotAllowed)
            return nil
        }
        return (port, vlan)
    }

    /// The VLAN of the packet at a port it came in by; a tag of VLAN 0 has a priority alone.
    func vlan(_ port: Port) -> UInt16? {
        readTags()
        let tagged = tags.tags.first?.vlan ?? 0
        let configuration = port.configuration
        switch configuration.vlanMode {
        case .access: return tagged == 0 ? configuration.tag : nil
        case .trunk: return configuration.trunks.isEmpty || configuration.trunks.contains(tagged) ? tagged : nil
        case .nativeTagged, .nativeUntagged:
            let vlan = tagged == 0 ? configuration.tag : tagged
            return carries(port, vlan) ? vlan : nil
        }
    }

    /// Whether a port is of a VLAN.
    func carries(_ port: Port, _ vlan: UInt16) -> Bool {
        let configuration = port.configuration
        switch configuration.vlanMode {
        case .access: return vlan == configuration.tag
        case .trunk: return configuration.trunks.isEmpty || configuration.trunks.contains(vlan)
        case .nativeTagged, .nativeUntagged: return vlan == configuration.tag || configuration.trunks.isEmpty || configuration.trunks.contains(vlan)
        }
    }

    /// False where the packet must not pass.
    private func learn(_ port: Port, _ vlan: UInt16) -> Bool {
        readSource()
        let source = key.packet.ethernetSource
        guard !source.isMulticast, !source.isZero else {
            drop(.malformed, "no host has the source address \(source)")
            return false
        }
        use(source, vlan)
        let outcome = bridge.addresses.wouldLearn(vlan: vlan, source, at: port.number, portLimit: port.configuration.macLimit)
        if outcome != .known, port.configuration.macLimit > 0 { result.dependsOnCount = true }
        switch outcome {
        case .overLimit:
            drop(.macLimit, "\(port.configuration.macLimit) addresses are learned behind \(port.configuration.name) already")
            return false
        case .refused: return true
        case .learned: note("learned: \(source) in VLAN \(vlan) is at \(port.configuration.name)")
        case .moved: note("moved: \(source) in VLAN \(vlan) is at \(port.configuration.name) now")
        case .known: break
        }
        result.learns.append(LearnEffect(bridge: bridge.id, vlan: vlan, mac: source, port: port.number, isMove: outcome == .moved))
        return true
    }

    private func use(_ mac: MACAddress, _ vlan: UInt16) {
        result.addresses.append(AddressUse(bridge: bridge.id, key: MACTable.key(vlan, mac)))
    }

    /// Out of a port with the tag that its mode wants; inner tags are the hosts' own.
    private func deliver(_ port: Port, _ vlan: UInt16) {
        let before = tags
        setTags { $0 = Translator.tags($0, leaving: port.configuration, vlan) }
        output(port)
        setTags { $0 = before.tags }
    }

    private static func isTagged(leaving port: PortConfiguration, _ vlan: UInt16) -> Bool {
        vlan != 0 && port.vlanMode != .access && !(port.vlanMode == .nativeUntagged && vlan == port.tag)
    }

    static func tags(_ tags: [TagStack.Tag], leaving port: PortConfiguration, _ vlan: UInt16) -> [TagStack.Tag] {
        var tags = tags
        let outer = tags.isEmpty ? nil : tags.removeFirst()
        guard isTagged(leaving: port, vlan) else { return tags }
        return [TagStack.Tag(type: outer?.type ?? EtherType.vlan, control: (outer?.control ?? 0) & 0xe000 | FlowKey.vlanPresent | vlan)] + tags
    }
}
