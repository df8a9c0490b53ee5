internal import LinuxSystem
internal import PacketCore

extension ActionParser {
    /// Where packets go; false for the words of others.
    mutating func parseOutput(_ name: String, _ value: Substring?) throws(ApusError) -> Bool {
        switch name.lowercased() {
        case "output":
            if let value, port(value) == nil, Field(named: value.prefix { $0 != "[" }) != nil {
                append(.outputField(try subfield(value, of: name)))
            } else if let value, parseNumber(value) == nil, let action = reserved(value.lowercased()) {
                append(action)
            } else {
                append(.output(try needPort(value, of: name)))
            }
        case "normal", "flood", "all", "in_port", "local":
            try refuseValue(value, of: name)
            append(reserved(name.lowercased())!)
        case "controller":
            var text = value
            if let given = value, given.hasPrefix("max_len=") { text = given.dropFirst(8) }
            append(.controller(maximum: text == nil || text == "" ? 0xffff : UInt16(try needNumber(text, upTo: 0xffff, of: name))))
        case "mirror": append(.mirror(try needPort(value, of: name)))
        default: return false
        }
        return true
    }

    private func reserved(_ name: String) -> Action? {
        switch name {
        case "normal": .normal
        case "flood": .flood
        case "all": .all
        case "in_port": .inPort
        case "local": .local
        case "controller": .controller(maximum: 0xffff)
        default: nil
        }
    }

    /// How tables go on; false for the words of others.
    mutating func parseSteering(_ name: String, _ value: Substring?) throws(ApusError) -> Bool {
        switch name {
        case "resubmit":
            let parts = (value ?? "").split(separator: ",", omittingEmptySubsequences: false)
            guard let value, !value.isEmpty, parts.count <= 2 else {
                throw ApusError(.invalidArgument, "resubmit needs a port or a table: resubmit(PORT,TABLE)")
            }
            let port: PortNumber? = parts[0].isEmpty || parts[0].lowercased() == "in_port" ? nil : try needPort(parts[0], of: name)
            let table = parts.count == 2 && !parts[1].isEmpty ? UInt8(try needNumber(parts[1], upTo: 254, of: name)) : nil
            append(.resubmit(port: port, table: table))
        case "goto_table": append(.goto(UInt8(try needNumber(value, upTo: 254, of: name))))
        case "meter":
            let meter = UInt32(try needNumber(value, upTo: 0xffff_ffff, of: name))
            guard meter > 0 else { throw ApusError(.invalidArgument, "there is no meter 0") }
            append(.meter(meter))
        case "write_metadata":
            let parts = (value ?? "").split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let mask = parts.count == 2 ? UInt64(try needNumber(parts[1], upTo: UInt128(UInt64.max), of: name)) : ~0
            append(.writeMetadata(value: UInt64(try needNumber(parts.first, upTo: UInt128(UInt64.max), of: name)) & mask, mask: mask))
        case "note":
            var bytes: [UInt8] = []
            for part in (value ?? "").split(separator: ".") {
                guard let byte = UInt8(part, radix: 16), part.first != "+", bytes.count < 2048 else {
                    throw ApusError(.invalidArgument, "\"\(part)\" is no byte for note", hint: "two digits between dots are: note:00.0a.ff")
                }
                bytes.append(byte)
            }
            append(.note(bytes))
        default: return false
        }
        return true
    }
}
