extension Action {
    /// In the words of `ovs-ofctl`, which parse to the same action.
    public func text(ports: PortNamer = { _ in nil }) -> String {
        func name(_ port: PortNumber) -> String { ports(port).map(quotedIfNeeded) ?? String(port.rawValue) }
        switch self {
        case .output(let port): return "output:" + name(port)
        case .outputField(let source): return "output:" + source.text
        case .normal: return "NORMAL"
        case .flood: return "FLOOD"
        case .all: return "ALL"
        case .inPort: return "IN_PORT"
        case .local: return "LOCAL"
        case .controller(let maximum): return "CONTROLLER:\(maximum)"
        case .pushVLAN(let type): return "push_vlan:0x" + String(type, radix: 16)
        case .popVLAN: return "pop_vlan"
        case .setVLAN(let vlan): return "mod_vlan_vid:\(vlan)"
        case .setVLANPriority(let priority): return "mod_vlan_pcp:\(priority)"
        case .set(let field, let value, let mask):
            // The two bits of ECN do not belong to what nw_tos sets.
            let mask = field == .ipTOS && mask == 0xfc ? 0xff : mask
            return "set_field:" + field.print(value, mask: mask, ports: ports) + "->" + field.name
        case .move(let source, let target): return "move:\(source.text)->\(target.text)"
        case .decrementTTL: return "dec_ttl"
        case .meter(let meter): return "meter:\(meter)"
        case .resubmit(let port, let table): return "resubmit(\(port.map(name) ?? ""),\(table.map { String($0) } ?? ""))"
        case .goto(let table): return "goto_table:\(table)"
        case .writeMetadata(let value, let mask):
            return "write_metadata:0x" + String(value, radix: 16) + (mask == ~0 ? "" : "/0x" + String(mask, radix: 16))
        case .mirror(let port): return "mirror:" + name(port)
        case .note(let bytes): return "note:" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ".")
        }
    }
}

extension Subfield {
    var text: String {
        bits == field.info.bits ? "\(field.name)[]" : bits == 1 ? "\(field.name)[\(low)]" : "\(field.name)[\(low)..\(low + bits - 1)]"
    }
}
