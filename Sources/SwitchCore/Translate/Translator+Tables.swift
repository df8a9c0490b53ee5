internal import PacketCore

extension Translator {
    /// The best rule of a table decides; where none matches, table 0 of a bridge that is not secure forwards as NORMAL does.
    func lookUp(table: UInt8) {
        guard depth < Translator.maximumDepth, resubmits < Translator.maximumResubmits else {
            isOver = true
            return drop(.tooDeep, "more than \(Translator.maximumDepth) tables deep, or \(Translator.maximumResubmits) tables in all")
        }
        resubmits += 1
        let rule = bridge.rules.table(table)?.lookup(key, read: &read)
        trace?.add(depth, .table(table, rule))
        guard let rule else {
            if table == 0, !bridge.configuration.isSecure { return forwardNormally() }
            return drop(.noRule)
        }
        result.rules.append(rule)
        if rule.spec.actions.isEmpty { return drop(.rule) }
        depth += 1
        run(rule.spec.actions, table)
        depth -= 1
    }

    private func run(_ actions: [Action], _ table: UInt8) {
        for action in actions where !isOver {
            if let trace { trace.add(depth, .action(action.text(ports: bridge.name))) }
            switch action {
            case .output(let port): output(to: port)
            case .outputField(let source): output(to: PortNumber(rawValue: UInt32(truncatingIfNeeded: take(source))))
            case .normal: forwardNormally()
            case .flood: flood()
            case .all: for port in bridge.ports where port.number.rawValue != key.packet.inPort { output(port) }
            case .inPort:
                guard let port = network.port(PortNumber(rawValue: key.packet.inPort)), port.bridge === bridge else {
                    drop(.unknownPort)
                    continue
                }
                output(port)
            case .local: if let port = bridge.local { output(to: port.number) } else { drop(.unknownPort, "the bridge has no local port") }
            case .controller:
                commit()
                append(.upcall(.controller))
                isDelivered = true
            case .mirror(let port): if let port = network.port(port), port.bridge === bridge { copy(to: port) } else { drop(.unknownPort) }
            case .meter(let id): if let meter = bridge.meters[id] { append(.meter(meter)) } else { drop(.meter, "there is no meter \(id)") }
            case .resubmit(let port, let next): resubmit(port, next ?? table)
            case .goto(let next): lookUp(table: next)
            case .decrementTTL: guard decrementTTL() else { return }
            case .note: break
            case .pushVLAN, .popVLAN, .setVLAN, .setVLANPriority, .set, .move, .writeMetadata: change(action)
            }
        }
    }

    private func resubmit(_ port: PortNumber?, _ table: UInt8) {
        let inPort = key.packet.inPort
        if let port { key.packet.inPort = port.rawValue }
        lookUp(table: table)
        key.packet.inPort = inPort
    }
}
