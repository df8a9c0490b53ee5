import CFlow
import PacketCore
import SwitchCore

/// Compiles a flow's actions to what a datapath carries out.
struct ActionCompiler {
    /// What is known of every packet that the actions meet: the bits of `mask` are those of `key`.
    let key: FlowKey
    let mask: FlowKey

    init(key: FlowKey, mask: FlowKey) {
        self.key = key
        self.mask = mask
    }

    /// For one packet, of which everything is known.
    init(packet: borrowing DatapathPacket) {
        var exact = FlowKey()
        for index in 0..<FlowKey.wordCount { exact.words[index] = .max }
        mask = exact
        key = unsafe FlowKey(parsing: packet.frame.span.bytes, inPort: packet.port.rawValue)
    }

    /// - Returns: nil where a datapath cannot do it; such packets go to the daemon.
    func compile(_ actions: [DatapathAction]) -> [ProgramAction]? {
        var program: [ProgramAction] = []
        var upcall: ProgramAction?
        loop: for action in actions {
            // What an upcall takes with it is what the packet is by then: only outputs may come before it although they are behind it.
            if upcall != nil, case .output = action {} else if upcall != nil { return nil }
            switch action {
            case .output(let port): add(port, to: &program)
            case .set(let value, let bits):
                guard let sets = compile(value, bits) else { return nil }
                program += sets
            case .pushVLAN(let protocolNumber, let control):
                program.append(ProgramAction(.pushVLAN, argument: UInt32(protocolNumber) << 16 | UInt32(control & ~FlowKey.vlanPresent)))
            case .popVLAN: program.append(ProgramAction(.popVLAN))
            case .meter(let number): program.append(ProgramAction(.meter, argument: number))
            case .upcall(let reason): upcall = ProgramAction(.upcall, argument: UInt32(reason.rawValue))
            case .drop(let reason):
                program.append(ProgramAction(.drop, argument: UInt32(reason.rawValue)))
                break loop
            }
        }
        if actions.isEmpty { program.append(ProgramAction(.drop, argument: UInt32(DropReason.rule.rawValue))) }
        if let upcall { program.append(upcall) } else { endWithOutput(&program) }
        return program
    }

    private func add(_ port: PortNumber, to program: inout [ProgramAction]) {
        let most = UInt32(APUS_PORTS_AN_ACTION)
        if let end = program.last, end.kind == ProgramAction.Kind.output.rawValue, end.argument < most {
            program[program.count - 1].payload[Int(end.argument)] = port.rawValue
            program[program.count - 1].argument += 1
        } else {
            program.append(ProgramAction(.output, argument: 1))
            program[program.count - 1].payload[0] = port.rawValue
        }
    }

    /// The last output is one of its own: the packet itself goes by it, not a copy.
    private func endWithOutput(_ program: inout [ProgramAction]) {
        guard let end = program.last, end.kind == ProgramAction.Kind.output.rawValue else { return }
        var last = ProgramAction(.output, argument: 1)
        last.last = 1
        last.payload[0] = end.payload[Int(end.argument) - 1]
        if end.argument == 1 {
            program.removeLast()
        } else {
            program[program.count - 1].argument -= 1
            program[program.count - 1].payload[Int(end.argument) - 1] = 0
        }
        program.append(last)
    }

    private func compile(_ value: FlowKey, _ bits: FlowKey) -> [ProgramAction]? {
        var sets: [ProgramAction] = []
        var rest = bits
        // That there is a tag is no bit of the packet.
        rest.vlanControl &= ~FlowKey.vlanPresent
        for field in SettableField.all {
            var set = ProgramAction(.set)
            set.field = field.number
            var isUsed = false
            for index in 0..<field.size {
                let byte = rest.byte(field.offset + index)
                if byte == 0 { continue }
                isUsed = true
                let shift = UInt32(index % 4 * 8)
                set.payload[index / 4] |= UInt32(value.byte(field.offset + index)) << shift
                set.payload[4 + index / 4] |= UInt32(byte) << shift
                rest.put(0, at: field.offset + index)
            }
            if isUsed {
                guard canSet(field) else { return nil }
                sets.append(set)
            }
        }
        return rest == FlowKey() ? sets : nil
    }

    private func canSet(_ field: SettableField) -> Bool {
        switch UInt32(field.number) {
        case APUS_FIELD_IP_PROTO.rawValue:
            mask.ethernetType == 0xffff && (key.ethernetType == EtherType.arp || key.ethernetType == EtherType.rarp)
        case APUS_FIELD_SOURCE_PORT.rawValue, APUS_FIELD_DESTINATION_PORT.rawValue:
            // SCTP's checksum is over all of the packet.
            mask.ipProtocol == 0xff && [IPProtocol.tcp, IPProtocol.udp, IPProtocol.icmp, IPProtocol.icmpv6].contains(key.ipProtocol)
        default: true
        }
    }
}

/// Reads the actions back from a program, for flows that an earlier daemon has put.
func decompile(_ program: [ProgramAction]) -> [DatapathAction] {
    var actions: [DatapathAction] = []
    for action in program {
        switch ProgramAction.Kind(rawValue: action.kind) {
        case .output:
            for index in 0..<min(Int(action.argument), 8) { actions.append(.output(PortNumber(rawValue: action.payload[index]))) }
        case .set: actions.append(decompileSet(action))
        case .pushVLAN:
            actions.append(.pushVLAN(tpid: UInt16(action.argument >> 16), tci: UInt16(truncatingIfNeeded: action.argument)))
        case .popVLAN: actions.append(.popVLAN)
        case .meter: actions.append(.meter(action.argument))
        case .upcall: actions.append(.upcall(UpcallReason(rawValue: UInt16(truncatingIfNeeded: action.argument)) ?? .slowPath))
        case .drop: actions.append(.drop(DropReason(rawValue: UInt16(truncatingIfNeeded: action.argument)) ?? .slowPathFailed))
        case nil: break
        }
    }
    return actions
}

private func decompileSet(_ action: ProgramAction) -> DatapathAction {
    var value = FlowKey()
    var mask = FlowKey()
    if let field = SettableField.all.first(where: { $0.number == action.field }) {
        for index in 0..<field.size {
            let shift = UInt32(index % 4 * 8)
            value.put(UInt8(truncatingIfNeeded: action.payload[index / 4] >> shift), at: field.offset + index)
            mask.put(UInt8(truncatingIfNeeded: action.payload[4 + index / 4] >> shift), at: field.offset + index)
        }
    }
    return .set(value: value, mask: mask)
}
