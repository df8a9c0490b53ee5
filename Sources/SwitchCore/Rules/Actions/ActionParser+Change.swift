internal import LinuxSystem
internal import PacketCore

extension ActionParser {
    /// Old names of set_field: the field, and whether it is one of the tag's.
    private static let setters: [String: Field] = [
        "mod_dl_src": .ethernetSource, "mod_dl_dst": .ethernetDestination, "mod_nw_src": .ipv4Source, "mod_nw_dst": .ipv4Destination, "mod_nw_tos": .ipTOS,
        "mod_nw_ecn": .ipECN, "mod_nw_ttl": .ipTTL, "mod_tp_src": .sourcePort, "mod_tp_dst": .destinationPort,
    ]

    /// What is changed in the packet; false for the words of others.
    mutating func parseChange(_ name: String, _ value: Substring?) throws(ApusError) -> Bool {
        switch name {
        case "push_vlan":
            let type = try needNumber(value, upTo: 0xffff, of: name)
            guard type == UInt128(EtherType.vlan) || type == UInt128(EtherType.serviceVLAN) else {
                throw ApusError(.invalidArgument, "push_vlan needs 0x8100 or 0x88a8, not \"\(value ?? "")\"")
            }
            append(.pushVLAN(UInt16(type)))
            haveTag()
        case "pop_vlan", "strip_vlan":
            try refuseValue(value, of: name)
            append(.popVLAN)
            changeMatch { $0.clear(.vlanControl) }
        case "mod_vlan_vid", "set_vlan_vid":
            append(.setVLAN(UInt16(try needNumber(value, upTo: 4095, of: name))))
            haveTag()
        case "mod_vlan_pcp", "set_vlan_pcp":
            append(.setVLANPriority(UInt8(try needNumber(value, upTo: 7, of: name))))
            haveTag()
        case "dec_ttl":
            if let value, value != "" { throw ApusError(.notSupported, "dec_ttl with controllers is not supported: \"\(value)\"") }
            try need(.ipTTL, in: name)
            append(.decrementTTL)
        case "set_field", "load", "move": try parseSet(name, value)
        default:
            guard let field = ActionParser.setters[name] else { return false }
            guard let value else { throw ApusError(.invalidArgument, "\(name) needs a value") }
            try appendSet(field, value, in: name)
        }
        return true
    }

    private mutating func haveTag() {
        changeMatch { $0.set(.vlanControl, to: 0x1000, mask: 0x1000) }
    }

    private mutating func parseSet(_ name: String, _ value: Substring?) throws(ApusError) {
        let text = value ?? ""
        guard let arrow = text.ranges(of: "->").last else {
            throw ApusError(.invalidArgument, "\(name) needs an arrow: \(name):\(name == "move" ? "FROM" : "VALUE")->FIELD")
        }
        let (left, right) = (text[..<arrow.lowerBound], text[arrow.upperBound...])
        switch name {
        case "set_field":
            guard let field = Field(named: right) else { throw ApusError(.invalidArgument, "\"\(right)\" is no field for set_field") }
            try appendSet(field, left, in: name)
        case "load":
            let target = try writable(right, of: name)
            let value = try needNumber(left, upTo: target.mask >> UInt128(target.low), of: name)
            append(.set(target.field, value: value << UInt128(target.low), mask: target.mask))
        default:
            let (source, target) = (try subfield(left, of: name), try writable(right, of: name))
            guard source.bits == target.bits else {
                throw ApusError(.invalidArgument, "move copies \(source.bits) bits of \(source.field.name) to \(target.bits) of \(target.field.name)")
            }
            try need(source.field, in: "move of \(source.field.name)")
            append(.move(from: source, to: target))
        }
    }

    private mutating func appendSet(_ field: Field, _ text: Substring, in word: String) throws(ApusError) {
        guard field.info.isWritable else { throw ApusError(.invalidArgument, "\(word) cannot set \(field.name)") }
        var (value, mask) = try parseValue(field, text)
        if field == .ipTOS { (value, mask) = (value & 0xfc, mask & 0xfc) }
        try need(field, in: "\(word) of \(field.name)")
        append(.set(field, value: value, mask: mask))
        if field == .vlanControl, mask & 0x1000 != 0 { changeMatch { $0.set(.vlanControl, to: value, mask: 0x1000) } }
    }

    private func parseValue(_ field: Field, _ text: Substring) throws(ApusError) -> (value: UInt128, mask: UInt128) {
        // OpenFlow 1.2 and later write the VLAN with the present bit.
        if field == .vlanID, let number = parseNumber(text), number <= 0x1fff { return (number & 0xfff, 0xfff) }
        return try field.parse(text, ports: ports)
    }

    private func writable(_ text: Substring, of name: String) throws(ApusError) -> Subfield {
        let target = try subfield(text, of: name)
        guard target.field.info.isWritable else { throw ApusError(.invalidArgument, "\(name) cannot set \(target.field.name)") }
        try need(target.field, in: "\(name) of \(target.field.name)")
        return target
    }

    /// "reg0[0..15]", "reg0[3]", "reg0[]" or "reg0".
    func subfield(_ text: Substring, of name: String) throws(ApusError) -> Subfield {
        let bracket = text.firstIndex(of: "[") ?? text.endIndex
        guard let field = Field(named: text[..<bracket]) else { throw ApusError(.invalidArgument, "\"\(text[..<bracket])\" is no field for \(name)") }
        let whole = Subfield(field: field, low: 0, bits: field.info.bits)
        guard bracket < text.endIndex else { return whole }
        guard text.last == "]" else { throw ApusError(.invalidArgument, "brackets do not close in \"\(text)\"") }
        let range = text[text.index(after: bracket)...].dropLast()
        if range.isEmpty { return whole }
        let ends = range.ranges(of: "..").first.map { [range[..<$0.lowerBound], range[$0.upperBound...]] } ?? [range, range]
        guard let low = parseNumber(ends[0]), let high = parseNumber(ends[1]), low <= high, high < UInt128(field.info.bits) else {
            throw ApusError(.invalidArgument, "\"\(text)\" is no range of bits", hint: "\(field.name) has bits 0 to \(field.info.bits - 1)")
        }
        return Subfield(field: field, low: Int(low), bits: Int(high - low) + 1)
    }
}
