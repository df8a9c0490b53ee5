internal import PacketCore

extension Translator {
    func mirrorIncoming(_ port: Port) { mirror(port, isOutgoing: false) }
    func mirrorOutgoing(_ port: Port) { mirror(port, isOutgoing: true) }

    private func mirror(_ port: Port, isOutgoing: Bool) {
        for (index, mirror) in bridge.mirrors.enumerated() {
            // A capture wants to see both; a port gets one copy of a packet.
            if mirror.output != .capture, mirrored.contains(where: { $0.bridge === bridge && $0.index == index }) { continue }
            let ports = isOutgoing ? mirror.destinations : mirror.sources
            guard mirror.selectsAll ? !isOutgoing : ports.contains(port.number) else { continue }
            if !mirror.vlans.isEmpty { guard let vlan = isOutgoing ? outgoingVLAN(port) : vlan(port), mirror.vlans.contains(vlan) else { continue } }
            mirrored.append((bridge, index))
            copy(mirror, port, isOutgoing)
        }
    }

    private func outgoingVLAN(_ port: Port) -> UInt16 {
        readTags()
        let configuration = port.configuration
        if let tagged = tags.tags.first?.vlan, tagged != 0 { return tagged }
        return configuration.vlanMode == .trunk ? 0 : configuration.tag
    }

    private func copy(_ mirror: Mirror, _ port: Port, _ isOutgoing: Bool) {
        note("copied by mirror \(mirror.name)")
        switch mirror.output {
        case .capture:
            commit()
            append(.upcall(.capture))
            result.captures.append(CapturePoint(mirror: mirror.name, port: port.number, isOutgoing: isOutgoing))
        case .port(let number):
            guard let target = network.port(number), target.bridge === bridge, target !== port else { return }
            copy(to: target)
        case .vlan(let vlan):
            // As Open vSwitch has it: the copy's own tag gives way.
            readTags()
            let before = tags
            for target in bridge.ports where target.number.rawValue != key.packet.inPort && !target.isMirrorOutput && target.configuration.peer == nil {
                guard target.configuration.isUp, carries(target, vlan), target !== port else { continue }
                setTags { $0 = Translator.tags($0, leaving: target.configuration, vlan) }
                copy(to: target)
                setTags { $0 = before.tags }
            }
        }
    }
}
